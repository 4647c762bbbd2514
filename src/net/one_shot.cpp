#include "net/one_shot.h"

namespace hubwarden::net {

template class OneShot<bool>;

}  // namespace hubwarden::net
