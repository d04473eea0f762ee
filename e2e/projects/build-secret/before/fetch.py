"""fetch.py TOKEN: fetches what only a token gives, as from a package registry of one's own."""
import hashlib
import sys

if hashlib.sha256(sys.argv[1].encode()).hexdigest()[:8] != "7853b018":
    sys.exit("401 unauthorized")
with open("fetched.txt", "w") as out:
    out.write("fetched\n")
