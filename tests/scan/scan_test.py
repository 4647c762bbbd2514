"""Plants one secret of each kind in each form and expects it found, by name and offset and without its value."""

import base64
import contextlib
import gzip
import io
import os
import pathlib
import tempfile
import unittest
import urllib.parse
import zlib

import registry
import scan

# Put together here so that no file of the repository has the shape of a token.
CLASSIC = "gh" + "s_" + "1aB2cD3eF4gH5iJ6kL7mN8oP9qR0sT1uV2wX"
JWT = ".".join(["ey" + "JhbGciOiJSUzI1NiJ9", "ey" + "JpYXQiOjE3NjM4MDAwMDB9", "c2lnbmF0dXJlLW9mLXRoZS1qd3Q"])
STATELESS = "gh" + "s_1234567_" + JWT
PERSONAL = "gh" + "p_" + "zY9xW8vU7tS6rQ5pO4nM3lK2jI1hG0fE9dC8"
WORKSPACE = "hw" + "w_" + "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"
HANDLE = "hw" + "h_" + "cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmE"
KEY = "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo\n-----END RSA PRIVATE KEY-----"
BEARER = "Authorization: " + "Bearer op3rator-cred-with-no-shape"
NAMELESS = "correct horse/battery+staple & 7"

SHAPED = {"classic": CLASSIC, "stateless": STATELESS, "personal": PERSONAL, "workspace": WORKSPACE, "handle": HANDLE,
          "jwt": JWT}


def base64_at(alignment, text):
    return base64.b64encode(b"x" * alignment + text.encode() + b"tail").decode()


FORMS = {
    "plain": lambda text: text,
    "base64 at 0": lambda text: base64_at(0, text),
    "base64 at 1": lambda text: base64_at(1, text),
    "base64 at 2": lambda text: base64_at(2, text),
    "base64url": lambda text: base64.urlsafe_b64encode(b"??" + text.encode()).decode().rstrip("="),
    "base64 in lines": lambda text: "\n".join(base64_at(1, text)[i:i + 60] for i in range(0, 800, 60)),
    "Basic": lambda text: "Basic " + base64.b64encode(f"x-access-token:{text}".encode()).decode(),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "query": lambda text: "token=" + urllib.parse.quote(text, safe=""),
    "hexadecimal": lambda text: text.encode().hex(),
    "base64 in a query": lambda text: "state=" + urllib.parse.quote(base64_at(2, text), safe=""),
}


class Scanned(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def put(self, name, content, mode=0o644):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def run_scan(self, registered=(), allowed=()):
        return scan.scan([self.folder], scan.Needles(registered), scan.Allowed(allowed))[0]


class EverySecretIsFound(Scanned):
    def test_each_shape_in_each_form(self):
        for kind, secret in SHAPED.items():
            for form, encode in FORMS.items():
                with self.subTest(kind=kind, form=form):
                    self.put("a.log", f"a line before\nvalue={encode(secret)} behind\n")
                    self.assertTrue(self.run_scan())

    def test_a_registered_value_without_a_shape_in_each_form(self):
        for form, encode in FORMS.items():
            with self.subTest(form=form):
                self.put("a.log", f"a line before\nvalue={encode(NAMELESS)} behind\n")
                self.assertTrue(self.run_scan([("admin-token", NAMELESS.encode())]))
                self.assertFalse(self.run_scan())

    def test_private_keys_and_bearers(self):
        for text in (KEY, KEY.replace("\n", "\\n"), BEARER, BEARER.lower(), base64_at(1, KEY)):
            self.put("a.log", f"[x] {text}\n")
            self.assertTrue(self.run_scan(), text[:20])

    def test_any_line_of_a_registered_key(self):
        self.put("a.log", "stack: " + KEY.split("\n")[1][:40])
        self.assertTrue(self.run_scan([("app-key", KEY.encode())]))

    def test_inside_compressed_and_binary_files(self):
        for content in (gzip.compress(CLASSIC.encode()), zlib.compress(CLASSIC.encode()),
                        b"\x00\xff" + CLASSIC.encode() + b"\x00"):
            self.put("a.bin", content)
            self.assertTrue(self.run_scan())

    def test_across_the_border_of_two_pieces(self):
        self.put("large.log", b"." * (scan.PIECE - 10) + b" " + CLASSIC.encode() + b" " + b"." * 100)
        self.assertIn(f"offset {scan.PIECE - 9}:", self.run_scan()[0])


class AComplaint(Scanned):
    def test_names_file_and_offset_and_never_the_value(self):
        path = self.put("deep/a.log", f"0123456789{' '}{CLASSIC}")
        complaints = self.run_scan()
        self.assertEqual(complaints, [f"{path}: offset 11: GitHub token (plain)"])
        self.assertNotIn(CLASSIC[4:12], "".join(complaints))

    def test_makes_the_program_fail(self):
        self.put("a.log", CLASSIC)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self.assertEqual(scan.main([str(self.folder)]), 1)
        self.assertNotIn(CLASSIC[4:12], printed.getvalue())


class WhatIsNoSecret(Scanned):
    def test_is_not_complained_of(self):
        self.put("a.log", "\n".join([
            "token=ghs_…a1b2c3d4e5f6 expires_at=2026-11-22T10:00:00Z",
            "WWW-Authenticate: Bearer realm=\"hubwarden\"",
            "Authorization: Bearer is the only scheme that opens these routes",
            "a bearer of unauthenticated-credentials is refused",
            "-----BEGIN RSA PRIVATE KEY----- is missing",
            "6f2c1e" * 20,
            "x-hub-signature eyJub3QiOiJhIGp3dCJ9",
        ]))
        self.assertEqual(self.run_scan(), [])

    def test_where_it_is_meant_to_be_is_allowed_with_a_reason(self):
        self.put("demo/private/key.pem", KEY, mode=0o600)
        self.assertEqual(self.run_scan(allowed=["*/private/*  # keys"]), [])
        with self.assertRaises(ValueError):
            scan.Allowed(["*/private/*"])

    def test_but_never_where_others_may_read_it(self):
        self.put("demo/private/key.pem", KEY, mode=0o644)
        self.assertTrue(self.run_scan(allowed=["*/private/*  # keys"]))

    def test_the_repositorys_own_list_is_valid(self):
        lines = pathlib.Path(__file__).with_name("allowed.txt").read_text().splitlines()
        self.assertTrue(scan.Allowed(lines).has("secrets.txt"))


class TheRegistry(Scanned):
    def test_gives_back_what_was_added_whatever_its_bytes(self):
        path = str(self.folder / "secrets.txt")
        registry.add("admin-token", NAMELESS, path)
        registry.add("app-key", KEY.encode() + b"\xff\n", path)
        self.assertEqual(registry.read(path), [("admin-token", NAMELESS.encode()),
                                               ("app-key", KEY.encode() + b"\xff\n")])
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_refuses_what_it_cannot_read(self):
        path = self.put("secrets.txt", "admin-token not base64!\n")
        with self.assertRaises(ValueError):
            registry.read(path)
        self.assertEqual(scan.main(["--registry", str(path), str(self.folder)]), 2)

    def test_is_empty_when_there_is_none(self):
        self.assertEqual(registry.read(self.folder / "none"), [])


if __name__ == "__main__":
    unittest.main()
