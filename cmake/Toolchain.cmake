# Compiler and linker settings shared by everything.
set(HUBWARDEN_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")

set(CMAKE_C_FLAGS_DEV "-O1 -g1")
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1")
# Counted across threads; unoptimised, so that a branch of the source is one of the program.
set(CMAKE_C_FLAGS_COVERAGE "-O0 -g1 --coverage -fprofile-update=atomic")
set(CMAKE_CXX_FLAGS_COVERAGE "-O0 -g1 --coverage -fprofile-update=atomic")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION_RELEASE ON)
# Two types with one name: only a look at the whole program finds them.
add_link_options($<$<CONFIG:Release>:-Werror=odr>)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> -Werror
  -fstack-protector-strong -fcf-protection)
# For stack traces of tests and sanitizers; in a release it would be one instruction in twenty of a request.
add_compile_options($<$<NOT:$<CONFIG:Release>>:-fno-omit-frame-pointer>)
# g++ 12 warns about strings inside its own headers at -O1 and above (GCC bugs 105329, 105651, 107852).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-maybe-uninitialized
    -Wno-dangling-pointer)
  # It inlines Asio's allocation of a coroutine frame but not its counterpart, and finds that they do not match.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete>)
endif()
# Every symbol is bound at the start, so calls need no table that would bind them later.
add_compile_options(-fno-plt)
add_link_options(-Wl,-z,relro,-z,now)

if(HUBWARDEN_SANITIZE)
  add_compile_options(-fsanitize=${HUBWARDEN_SANITIZE} -fno-sanitize-recover=all)
  # It does not understand fences, and g++ warns wherever Asio has one.
  if(HUBWARDEN_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan)
  endif()
  add_link_options(-fsanitize=${HUBWARDEN_SANITIZE})
else()
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the sources count as relative, so that clones share what was compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=true ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
