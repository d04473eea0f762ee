package dockerfile

import (
	"testing"

	"github.com/dockfix/dockfix/source"
)

// TestText requires a file of the image to be found through the steps that copy it, and not by its name.
func TestText(t *testing.T) {
	ctx := contextOf(".", "run.sh=top", "docker/", "docker/run.sh=docker", "api/", "api/main.py=api", "main.py=top", "dist/", "dist/a.js=dist", "package.json={}")
	for _, c := range []struct{ name, text, file, want string }{
		{"the whole context", "FROM a\nWORKDIR /app\nCOPY . .\n", "run.sh", "run.sh"},
		{"an absolute path", "FROM a\nWORKDIR /app\nCOPY . .\n", "/app/docker/run.sh", "docker/run.sh"},
		{"another name", "FROM a\nCOPY docker/run.sh /entrypoint.sh\n", "/entrypoint.sh", "docker/run.sh"},
		{"its own name", "FROM a\nCOPY docker/run.sh /run.sh\n", "/run.sh", "docker/run.sh"},
		{"a folder", "FROM a\nCOPY docker/run.sh /\n", "/run.sh", "docker/run.sh"},
		{"a folder without a slash", "FROM a\nCOPY docker/run.sh /usr/local/bin\n", "run.sh", "docker/run.sh"},
		{"what is in a folder", "FROM a\nCOPY docker /opt/x/\n", "/opt/x/run.sh", "docker/run.sh"},
		{"a folder of the context", "FROM a\nWORKDIR /srv\nCOPY api/ .\n", "main.py", "api/main.py"},
		{"not copied", "FROM a\nWORKDIR /srv\nCOPY docker .\n", "main.py", ""},
		{"no step", "FROM a\n", "run.sh", ""},
		{"no working directory", "FROM a\nCOPY main.py .\n", "main.py", "main.py"},
		{"another working directory", "FROM a\nCOPY main.py .\nWORKDIR /x\n", "main.py", ""},
		{"a variable", "FROM a\nENV HOME=/app\nWORKDIR $HOME\nCOPY . ${HOME}/\n", "/app/main.py", "main.py"},
		{"a variable without a value", "FROM a\nWORKDIR $X\nCOPY . $X\n", "main.py", "main.py"},
		{"a pattern", "FROM a\nWORKDIR /app\nCOPY *.py ./\n", "main.py", "main.py"},
		{"the later wins", "FROM a\nWORKDIR /app\nCOPY . .\nCOPY docker/run.sh .\n", "run.sh", "docker/run.sh"},
		{"a RUN writes it", "FROM a\nCOPY . /\nRUN echo x > /run.sh\n", "/run.sh", ""},
		{"a RUN edits it", "FROM a\nCOPY . /\nRUN sed -i s/a/b/ /run.sh\n", "/run.sh", ""},
		{"a RUN makes it executable", "FROM a\nCOPY . /\nRUN chmod +x /run.sh && sed -i 's/\\r$//' /run.sh\n", "/run.sh", "run.sh"},
		{"copied after the RUN", "FROM a\nRUN echo x > /run.sh\nCOPY . /\n", "/run.sh", "run.sh"},
		{"another stage", "FROM a AS b\nWORKDIR /src\nCOPY . .\nFROM a\nWORKDIR /app\nCOPY --from=b /src/api ./\n", "main.py", "api/main.py"},
		{"a file of another stage", "FROM a AS b\nCOPY docker/run.sh /x\nFROM a\nCOPY --from=b /x /run.sh\n", "/run.sh", "docker/run.sh"},
		{"made in another stage", "FROM a AS b\nWORKDIR /src\nCOPY . .\nRUN tool --out=main.py\nFROM a\nWORKDIR /app\nCOPY --from=b /src/main.py .\n", "main.py", ""},
		{"a stage over the context", "FROM a AS b\nRUN make\nFROM a\nCOPY . /\nCOPY --from=b /out /dist\n", "/dist/a.js", ""},
		{"another part of a stage", "FROM a AS b\nRUN make\nFROM a\nCOPY . /\nCOPY --from=b /out /lib\n", "/dist/a.js", "dist/a.js"},
		{"another image", "FROM a\nWORKDIR /app\nCOPY . .\nCOPY --from=me/x /main.py .\n", "main.py", ""},
		{"a heredoc", "FROM a\nCOPY . /\nCOPY <<EOF /run.sh\nx\nEOF\n", "/run.sh", ""},
		{"an archive", "FROM a\nCOPY . /\nADD x.tar.gz /\n", "/run.sh", ""},
		{"a stage below", "FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM b\n", "main.py", "main.py"},
		{"two of the name", "FROM a\nWORKDIR /app\nCOPY . .\nCOPY docker/run.sh /usr/local/bin/\n", "run.sh", ""},
		{"PYTHONPATH", "FROM a\nWORKDIR /app\nENV PYTHONPATH=/app/api\nCOPY api api\n", "main.py", "api/main.py"},
		{"entered", "FROM a\nCOPY . /app\nCMD cd /app/api && python main.py\n", "main.py", "api/main.py"},
		{"entered, and not known", "FROM a\nWORKDIR /app\nCOPY . .\nCMD cd $X && python main.py\n", "main.py", ""},
		{"parents", "FROM a\nWORKDIR /app\nCOPY --parents api/main.py ./\n", "api/main.py", ""},
	} {
		doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		stages := doc.Dockerfile.Stages
		l := launchOf(&reader{doc: doc}, stages[len(stages)-1], ctx, nil)
		if at, _, ok := l.text(c.file); at != c.want && ok || ok != (c.want != "") {
			t.Errorf("%s: %s is %q, %v, want %q", c.name, c.file, at, ok, c.want)
		}
	}
}

func TestAppFolder(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"a:app", "--app-dir", "src"}, "src/a.py"},
		{[]string{"--chdir=api/x", "m.wsgi:app"}, "api/x/m/wsgi.py"},
		{[]string{"a:app"}, "a.py"},
	} {
		if got := moduleFile("gunicorn", c.args); got != c.want {
			t.Errorf("%v: %s, want %s", c.args, got, c.want)
		}
	}
}
