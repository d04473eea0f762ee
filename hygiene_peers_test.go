package main

import (
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// TestHygienePeers holds what other fixers break: with every fix asked for, unsafe ones too, the text comes out right. An
// empty text after means that nothing may change.
func TestHygienePeers(t *testing.T) {
	for _, c := range []struct{ name, text, after string }{
		{"ADD of a variable", "FROM debian:12\nARG FILE=src.tar.gz\nADD $FILE /b\n", ""},
		{"ADD of an archive among others", "FROM debian:12\nADD foo bar.txz /d/\n", ""},
		{"ADD of an address", "FROM debian:12\nADD https://x.io/a /a\nCMD [\"bash\"]\n", ""},
		{"ADD of an archive and an address", "FROM debian:12\nADD src.tar.gz /opt/\nADD https://x.io/a /a\n", ""},
		{"exec form over two lines", "FROM debian:12\nCMD foo \\\n    --bar\n", "FROM debian:12\nCMD [\"foo\", \"--bar\"]\n"},
		{"exec form of a variable", "FROM debian:12\nENV PORT=80\nENTRYPOINT /entry.sh --port $PORT\n", "FROM debian:12\nENV PORT=80\nENTRYPOINT [\"/bin/sh\", \"-c\", \"/entry.sh --port $PORT\"]\n"},
		{"Windows", "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nADD C:\\src\\ C:\\dst\\\nCMD ping localhost\n", "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nCOPY C:\\src\\ C:\\dst\\\nCMD ping localhost\n"},
		{"pipefail without SHELL", "FROM debian:12\nRUN curl -s x | bash\nCMD [\"bash\"]\n", "FROM debian:12\nRUN bash -o pipefail -c 'curl -s x | bash'\nCMD [\"bash\"]\n"},
		{"pipefail where no bash is", "FROM gcr.io/distroless/base\nRUN a | b\n", ""},
		{"cd that would move a COPY", "FROM debian:12\nRUN cd /tmp && make\nCOPY a b\nRUN ls\nCMD [\"bash\"]\n", ""},
		{"a relative COPY", "FROM golang:1.22\nCOPY --chown=1000 a b\n", ""},
		{"COPY in JSON", "FROM debian:12\nCOPY [\"/dotnet\", \"/usr/share/dotnet\"]\n", ""},
		{"a user of a copied file system", "FROM debian:12 AS b\nRUN useradd -u 1234 appuser\nFROM scratch\nCOPY --from=b /rootfs /\nUSER appuser\nENTRYPOINT [\"/app\"]\n", ""},
		{"RUNs that cache apart", "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go mod download\nRUN go build -o /app .\nCMD [\"/app\"]\n", ""},
		{"RUN before a here-document", "FROM node:20\nRUN npm ci\nRUN <<EOF\necho hi\nEOF\nCMD [\"x\"]\n", ""},
		{"a mount before a here-document", "FROM node:22\nRUN --mount=type=cache,target=/npm-cache npm ci\nRUN <<EOF\necho hi\nEOF\nCMD [\"x\"]\n", ""},
		{"an archive that is read again", "FROM debian:12\nCOPY a.tgz /a.tgz\nRUN tar -xzf /a.tgz\nRUN tar -tzf /a.tgz\n", ""},
		{"modes of another", "FROM debian:12\nRUN chmod 777 /data\nCMD [\"x\"]\n", ""},
	} {
		if c.after == "" {
			c.after = c.text
		}
		r := fixText(t, "Dockerfile", source.DockerfileKind, []byte(c.text), hygiene, &fix.Facts{}, true)
		if string(r.After) != c.after {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, r.After, c.after)
		}
	}
}
