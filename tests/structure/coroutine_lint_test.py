"""What scripts/coroutine_lint.py lets pass and what it finds."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from coroutine_lint import lint  # noqa: E402

GOOD = {
    "a statement of its own": "co_await f(x);",
    "into a variable": "const Result<int> y = co_await f(x);",
    "into a reference": "auto&& y = co_await f(x);",
    "into a template's variable": "std::expected<std::map<A, B>, Error> y = co_await f(x);",
    "into a member": "this->y_ = co_await f(x);",
    "into an element": "y[i] = co_await f(x);",
    "returned": "co_return co_await f(x);",
    "of a method": "auto y = co_await client_.send(std::move(request));",
    "of an awaitable that is at hand": "co_await boost::asio::this_coro::executor;",
    "governed by if": "if (a && b(c)) co_await f(x);",
    "governed by if constexpr": "if constexpr (a) co_await f(x);",
    "after else": "if (a) { b(); } else co_await f(x);",
    "in a loop": "for (int i = 0; i < 3; ++i) { auto y = co_await f(i); }",
    "in a range loop": "for (auto& x : all) co_await f(x);",
    "in a switch": "switch (a) { case A::kB: co_await f(x); break; default: y = co_await g(); }",
    "in try": "try { y = co_await f(x); } catch (const E& e) { }",
    "after a lambda without one": "auto less = [](int a, int b) { return a < b; }; co_await f(less);",
    "after a braced value": "Options o{.a = 1}; co_await f(o);",
    "two statements": "auto a = co_await f(); auto b = co_await g();",
    "in a comment": "// g(co_await f());\n",
    "in a text": 'log("g(co_await f())");',
    "in a raw text": 'log(R"x(g(co_await f()))x");',
    "with ?: in the statement before": "int a = b ? 1 : 2; co_await f(a);",
    "with an index as argument": "co_await f(all[0]);",
    "in a lambda without captures": "spawn([](A& a) -> Task<> { const auto y = co_await f(a); }(a), done);",
    "in a lambda without anything": "spawn([] { co_await f(); });",
    "after a digit separator": "int n = 10'000; co_await f('x');",
}

BAD = {
    "in a lambda": ("auto g = [&]() -> Task<> { co_await f(); };", "lambda"),
    "in a lambda without parameters": ("auto g = [=] { co_await f(); };", "lambda"),
    "in a mutable lambda": ("spawn([x]() mutable -> Task<int> { co_return co_await f(x); });", "lambda"),
    "in a noexcept lambda": ("spawn([x](int a) noexcept(true) -> Task<int> { co_await f(x); });", "lambda"),
    "in a template lambda": ("auto g = [this]<class T>(T t) -> Task<T> { co_await f(t); };", "lambda"),
    "in a block of a lambda": ("spawn([&]() -> Task<> { if (a) { co_await f(); } });", "lambda"),
    "in a condition": ("int y = a ? co_await f() : 0;", "?:"),
    "before ?:": ("int y = co_await f() ? 1 : 0;", "?:"),
    "with ?: in an argument": ("int y = co_await f(a ? 1 : 0);", "?:"),
    "in a braced initialiser": ("A a{co_await f()};", "braced initialiser"),
    "in a braced assignment": ("A a = {.b = co_await f()};", "braced initialiser"),
    "in a returned brace": ("co_return A{1, co_await f()};", "braced initialiser"),
    "with a braced argument": ("co_await f({.a = 1});", "braces"),
    "with a braced temporary": ("auto y = co_await f(A{1});", "braces"),
    "with a lambda as argument": ("co_await f([&x](int a) { return a + x; });", "braces"),
    "in a default argument": ("void g(int a = co_await f());", "another expression"),
    "twice": ("auto y = co_await f(co_await g());", "two co_await"),
    "twice side by side": ("auto y = co_await f() + co_await g();", "two co_await"),
    "in a structured binding": ("auto [a, b] = co_await f();", "structured binding"),
    "in a structured binding by reference": ("const auto& [a, b] = co_await f();", "structured binding"),
    "as an argument": ("g(co_await f());", "another expression"),
    "as a method's argument": ("x.g(1, co_await f());", "another expression"),
    "in parentheses": ("auto y = (co_await f()).value();", "another expression"),
    "in an operation": ("auto y = 1 + co_await f();", "another expression"),
    "negated": ("const bool y = !co_await f();", "another expression"),
    "in if": ("if (co_await f()) g();", "head of `if`"),
    "in an initialiser of if": ("if (auto y = co_await f(); y) g();", "head of `if`"),
    "in while": ("while (co_await f()) { }", "head of `while`"),
    "in for": ("for (auto x : co_await f()) { }", "head of `for`"),
    "in a constructor's parentheses": ("A a(co_await f());", "another expression"),
    "as an index": ("y = all[co_await f()];", "another expression"),
    "in a cast": ("auto y = static_cast<int>(co_await f());", "another expression"),
}

PLACES = {
    "a function": "Task<> run(int a) { %s }",
    "a method with a trailing type": "auto T::run() const -> Task<int> { %s }",
    "a method's inner block": "Task<> T::run() { if (a) { while (b) { %s } } }",
    "a class": "class T { Task<> run() override { %s } };",
}


class CoroutineLint(unittest.TestCase):
    def test_lets_good_statements_pass(self):
        for place, frame in PLACES.items():
            for name, code in GOOD.items():
                with self.subTest(f"{name}, in {place}"):
                    self.assertEqual(list(lint(frame % (code + "\n"))), [])

    def test_finds_bad_statements(self):
        for place, frame in PLACES.items():
            for name, (code, message) in BAD.items():
                with self.subTest(f"{name}, in {place}"):
                    found = [text for _, text in lint(frame % code)]
                    self.assertTrue(found and message in found[0], found)

    def test_names_the_line(self):
        code = '#include <a>\n/* one\ntwo */\nTask<> f() {\n  auto s = R"(\n)";\n  g(co_await h());\n}\n'
        self.assertEqual([line for line, _ in lint(code)], [7])


if __name__ == "__main__":
    unittest.main()
