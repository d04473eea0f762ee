package dockerfile

import "testing"

// What a hostile reviewer made the rules about commands do wrong is decided here.

func TestSudoLetsNothingNewIn(t *testing.T) {
	reset := func(name string) string { return name + " is set, which sudo may not let through" }
	const word = "without it "
	testRuns(t, []runRow{
		{Sudo, "debian", "ENV NODE_ENV=production\nRUN sudo npm install", "", reset("NODE_ENV")},
		{Sudo, "debian", "ARG PIP_TARGET=/x\nRUN sudo pip install a", "", reset("PIP_TARGET")},
		{Sudo, "debian", "ENV HOME /home/app\nRUN sudo npm install", "", reset("HOME")},
		{Sudo, "debian", "ENV HOME /home/app\nRUN sudo -E npm install", "", reset("HOME")},
		{Sudo, "debian", "ENV LD_LIBRARY_PATH=/x\nRUN sudo -EH make", "", reset("LD_LIBRARY_PATH")},
		{Sudo, "debian", "ENV NODE_ENV=production\nRUN sudo -E npm install", "ENV NODE_ENV=production\nRUN npm install", "remove sudo"},
		{Sudo, "debian", "ENV LANG=C.UTF-8 LC_ALL=C TZ=UTC\nRUN sudo make", "ENV LANG=C.UTF-8 LC_ALL=C TZ=UTC\nRUN make", "remove sudo"},
		{Sudo, "debian AS x", "ENV CC=clang\nFROM x\nRUN sudo make", "", reset("CC")},
		{Sudo, "debian", "RUN export CC=clang && sudo make", "", reset("CC")},
		{Sudo, "debian", "RUN CC=clang sudo make", "", reset("CC")},
		{Sudo, "debian", "RUN sudo CC=clang make", "RUN CC=clang make", "remove sudo"},
		{Sudo, "debian", "RUN sudo make && export CC=clang", "RUN make && export CC=clang", "remove sudo"},
		{Sudo, "debian", "RUN . /env && sudo make", "", "a script that is read before it may set variables, which sudo does not let through"},
		{Sudo, "golang", "RUN sudo make", "", "whether golang sets variables, which sudo does not let through, is not known"},
		{Sudo, "debian", "RUN sudo if", "", word + "if is a word of the shell itself"},
		{Sudo, "debian", "RUN sudo { a", "", word + "{ is a word of the shell itself"},
		{Sudo, "debian", "RUN sudo cd /x && ls", "", word + "cd is a word of the shell itself"},
		{Sudo, "debian", "RUN sudo A=b while", "", word + "while is a word of the shell itself"},
		{Sudo, "debian", "RUN sudo \"A=b\" make", "", "a quoted assignment would be taken for a program"},
		{Sudo, "debian", "RUN sudo $OPTS make", "", "what it runs is in a variable, which may hold options of sudo"},
		{Sudo, "debian", "RUN sudo A=b", "", "it runs nothing"},
		{Sudo, "debian", "RUN make() { echo x; }; sudo make", "", word + "make is the function of the RUN"},
		{Sudo, "--platform=windows/amd64 debian", "RUN sudo make", "", ""},
	})
}

func TestShellFormExecOptions(t *testing.T) {
	const keep = "say that it needs a shell: exec has an option"
	testRuns(t, []runRow{
		{ShellForm, "alpine:3.21", "CMD exec -a worker java", `CMD ["/bin/sh", "-c", "exec -a worker java"]`, keep},
		{ShellForm, "debian:12", "CMD exec -- foo", `CMD ["/bin/sh", "-c", "exec -- foo"]`, keep},
		{ShellForm, "fedora", "CMD exec -c foo", `CMD ["/bin/sh", "-c", "exec -c foo"]`, keep},
		{ShellForm, "alpine:3.21", "CMD exec foo -a", `CMD ["foo", "-a"]`, "use a JSON array"},
	})
}

func TestLeftBehindStaysApart(t *testing.T) {
	const fetch, remove = "RUN curl -fo /tmp/x http://e/x && ", "\nRUN rm /tmp/x"
	stays := func(name string) string {
		return "the first RUN starts " + name + ", which would go on running in the second"
	}
	testRuns(t, []runRow{
		{LeftBehind, "debian", fetch + "exec sh /tmp/x" + remove, "", "the first RUN ends with exec, behind which nothing runs"},
		{LeftBehind, "debian", fetch + "(exec sh /tmp/x)" + remove, fetch + "(exec sh /tmp/x) \\\n    && rm /tmp/x", "join the two RUNs"},
		{LeftBehind, "debian", fetch + "service mysql start && mysql < /tmp/x" + remove, "", stays("service")},
		{LeftBehind, "debian", fetch + "/etc/init.d/mysql start" + remove, "", stays("mysql")},
		{LeftBehind, "debian", fetch + "redis-server --daemonize yes" + remove, "", stays("redis-server")},
		{LeftBehind, "debian", fetch + "tool --daemon" + remove, "", stays("tool")},
		{LeftBehind, "debian", fetch + "gpg --import /tmp/x" + remove, "", stays("gpg")},
		{LeftBehind, "debian", fetch + "service mysql status" + remove, fetch + "service mysql status \\\n    && rm /tmp/x", "join the two RUNs"},
	})
}

// TestVariablesStayApart keeps apart what a variable of the shell would join.
func TestVariablesStayApart(t *testing.T) {
	const fetch, use = "RUN curl -fo /tmp/x http://e/x && ", "\nRUN tar xf /tmp/x -C /opt/$A && rm /tmp/x"
	sets := func(what string) string { return "the first RUN has " + what + ", which sets a variable" }
	may := func(name string) string { return "the first RUN has a " + name + ", which may set a variable" }
	testRuns(t, []runRow{
		{LeftBehind, "debian", fetch + "for A in 1 2; do :; done" + use, "", sets("a loop")},
		{LeftBehind, "debian", fetch + "read A < /x" + use, "", may("read")},
		{LeftBehind, "debian", fetch + "getopts x A" + use, "", may("getopts")},
		{LeftBehind, "debian", fetch + "mapfile A < /x" + use, "", may("mapfile")},
		{LeftBehind, "debian", fetch + "printf -v A x" + use, "", may("printf")},
		{LeftBehind, "debian", fetch + "let A=1" + use, "", sets("a let")},
		{LeftBehind, "debian", fetch + "echo ${A:=1}" + use, "", sets("a ${NAME=value}")},
		{LeftBehind, "debian", fetch + "echo $((A=1))" + use, "", sets("an assignment in $(( ))")},
		{LeftBehind, "debian", fetch + "echo $((A++))" + use, "", sets("an assignment in $(( ))")},
		{LeftBehind, "debian", fetch + "A=1 :" + use, "", "the first RUN sets A before a :, which keeps it"},
		{LeftBehind, "debian", fetch + "A=1 make" + use, fetch + "A=1 make \\\n    && tar xf /tmp/x -C /opt/$A && rm /tmp/x", "join the two RUNs"},
		{LeftBehind, "debian", fetch + "export PATH=/z" + "\nRUN rm /tmp/x", "", "the first RUN sets PATH"},
		{LeftBehind, "debian", fetch + "set -f" + "\nRUN rm /tmp/x", "", "the first RUN has a set, which would reach the second"},
		{LeftBehind, "debian", "RUN set -ex && curl -fo /tmp/x http://e/x\nRUN rm /tmp/x", "RUN set -ex && curl -fo /tmp/x http://e/x \\\n    && rm /tmp/x", "join the two RUNs"},
		{AptLists, "debian", "RUN set -e; apt-get update; apt-get install -y x; PATH=/z", "", "the RUN sets PATH, by which programs are found"},
		{AptLists, "debian", "RUN apt-get update && apt-get install -y x && apt-get purge -y coreutils", "", "coreutils is removed, and rm with it"},
	})
}

func TestWgetProgressDecisions(t *testing.T) {
	const get, dots, add = "wget http://e/x", "wget --progress=dot:giga http://e/x", "add --progress=dot:giga"
	const unknown = "whether its wget is the GNU one is not known"
	testRuns(t, []runRow{
		{WgetProgress, "alpine", "RUN apk add wget && " + get + " && apk del wget", "RUN apk add wget && " + dots + " && apk del wget", add},
		{WgetProgress, "alpine", "RUN apk add wget && apk del wget && " + get, "", ""},
		{WgetProgress, "alpine", "RUN apk add wget\nRUN apk del wget\nRUN " + get, "", ""},
		{WgetProgress, "alpine", "RUN apk add --virtual .d wget curl && apk del .d\nRUN " + get, "", ""},
		{WgetProgress, "alpine", "RUN apk add --no-cache -t .d wget\nRUN apk del .d\nRUN " + get, "", ""},
		{WgetProgress, "alpine", "RUN apk add --virtual=.d wget\nRUN apk del .e\nRUN " + get, "RUN apk add --virtual=.d wget\nRUN apk del .e\nRUN " + dots, add},
		{WgetProgress, "alpine", "RUN apk add wget\nRUN apk del wget\nRUN apk add wget=1.2\nRUN " + get, "RUN apk add wget\nRUN apk del wget\nRUN apk add wget=1.2\nRUN " + dots, add},
		{WgetProgress, "alpine", "RUN apk add wget\nRUN apk del $DEPS\nRUN " + get, "", unknown},
		{WgetProgress, "alpine", "RUN apk add wget\nRUN [\"apk\", \"del\", \"wget\"]\nRUN " + get, "", unknown},
		{WgetProgress, "alpine", "RUN if x; then apk add wget; fi\nRUN " + get, "", unknown},
		{WgetProgress, "alpine", "RUN apk add wget || true\nRUN " + get, "", unknown},
		{WgetProgress, "alpine", "RUN apk --root /r add wget\nRUN " + get, "", ""},
		{WgetProgress, "alpine AS a", "RUN apk add wget\nFROM a\nRUN apk del wget\nRUN " + get, "", ""},
		{WgetProgress, "x/y", "RUN apk add wget && apk del wget\nRUN " + get, "", unknown},
		{WgetProgress, "debian", "RUN " + get + " 2>/dev/null", "", ""},
		{WgetProgress, "debian", "RUN " + get + " >/dev/null 2>&1", "", ""},
		{WgetProgress, "debian", "RUN " + get + " 2> /log", "", ""},
		{WgetProgress, "debian", "SHELL [\"/bin/bash\", \"-c\"]\nRUN " + get + " &> /log", "", ""},
		{WgetProgress, "debian", "SHELL [\"/bin/bash\", \"-c\"]\nRUN " + get + " |& tee /log", "", ""},
		{WgetProgress, "debian", "RUN OUT=$(wget -S http://e/x 2>&1) && echo $OUT", "", ""},
		{WgetProgress, "debian", "RUN OUT=$({ " + get + "; } 2>&1) && echo $OUT", "", ""},
		{WgetProgress, "debian", "RUN " + get + " 2>&1 | grep y", "", ""},
		{WgetProgress, "debian", "RUN exec 2>/log; " + get, "", ""},
		{WgetProgress, "debian", "RUN (cd /a && " + get + ") 2>/dev/null", "", ""},
		{WgetProgress, "debian", "RUN rm /a 2>/dev/null; " + get + " > /log", "RUN rm /a 2>/dev/null; " + dots + " > /log", add},
		{WgetProgress, "debian", "RUN wget -V && wget -h && wget -cqO- http://e/x && wget -bc http://e/x", "", ""},
		{WgetProgress, "debian", "RUN wget -nc -Oq http://e/x", "RUN wget --progress=dot:giga -nc -Oq http://e/x", add},
	})
}

func TestCurlFailAsksAServer(t *testing.T) {
	const fails = "a build that goes on after an answer such as 404 would stop"
	testRuns(t, []runRow{
		{CurlFail, "debian", "RUN curl --version | head -1", "", ""},
		{CurlFail, "debian", "RUN curl -V > /version && curl --help | cat && curl -h all > /x", "", ""},
		{CurlFail, "debian", "RUN curl -o x file:///etc/hosts", "", ""},
		{CurlFail, "debian", "RUN curl -O FTP://e/x && curl --url=sftp://e/x -o x", "", ""},
		{CurlFail, "debian", "RUN curl -o x file:///etc/hosts http://e/x", "", fails},
		{CurlFail, "debian", "RUN curl -o x e/x", "", fails},
		{CurlFail, "debian", "RUN curl -sho x http://e/x", "", ""},
	})
}

func TestPipefailAnswers(t *testing.T) {
	const held = "a build that passed over a failure will stop at it"
	risk := func(name string) string {
		return name + " in front of a pipe may fail or be cut off in good order"
	}
	own := func(name string) string { return "it reads $" + name + ", which may be another then" }
	testRuns(t, []runRow{
		{Pipefail, "alpine", "RUN pgrep x | xargs kill", "", risk("pgrep")},
		{Pipefail, "alpine", "RUN which foo | xargs rm", "", risk("which")},
		{Pipefail, "alpine", "RUN command -v foo | xargs rm", "", risk("command")},
		{Pipefail, "alpine", "RUN test -f /x | cat", "", risk("test")},
		{Pipefail, "alpine", "RUN [ -f /x ] | cat", "", risk("[")},
		{Pipefail, "alpine", "RUN expr 1 - 1 | cat", "", risk("expr")},
		{Pipefail, "alpine", "RUN grep x /y | cat", "", risk("grep")},
		{Pipefail, "alpine", "RUN cat x | grep y | cut -c1 > z", "", risk("grep")},
		{Pipefail, "alpine", "RUN find / | xargs ldd | sort > z", "", risk("ldd")},
		{Pipefail, "alpine", "RUN git diff --exit-code | cat", "", risk("git")},
		{Pipefail, "alpine", "RUN apk info -e x | cat", "", risk("apk")},
		{Pipefail, "debian", "RUN dpkg -l x | cat", "", risk("dpkg")},
		{Pipefail, "debian", "RUN timeout 9 tail -f /x | cat", "", risk("timeout")},
		{Pipefail, "alpine", "RUN { make; grep x y; } | cat", "", risk("grep")},
		{Pipefail, "alpine", "RUN for f in *; do test -f $f && echo $f; done | sort > x", "", risk("test")},
		{Pipefail, "alpine", "RUN (cd /x && tar c .) | tar x", "", held},
		{Pipefail, "fedora", "RUN { a; [[ -f x ]]; } | cat", "", risk("[[")},
		{Pipefail, "alpine", "RUN make | true", "", "true stops reading early, so that the command in front may be cut off"},
		{Pipefail, "debian", "RUN make $0 | cat", "", own("0")},
		{Pipefail, "debian", "RUN make \"${0}\" | cat", "", own("0")},
		{Pipefail, "alpine", "RUN make | cat && echo $-", "", own("-")},
		{Pipefail, "debian", "RUN make | awk '{print $0}'", "", held},
		{Pipefail, "debian", "RUN make | cat", "", held},
	})
}

func TestNamedUserDoubts(t *testing.T) {
	const add, user, number = "RUN useradd -u 1234 app\n", "\nUSER app", "\nUSER 1234"
	const script, unread = "a script that a RUN runs may change accounts", "a RUN that cannot be read may change accounts"
	var rows []runRow
	for _, c := range []struct{ between, says string }{
		{"COPY passwd /etc/passwd", "COPY brings another /etc/passwd"},
		{"COPY [\"passwd\", \"/etc/passwd\"]", "COPY brings another /etc/passwd"},
		{"COPY group /etc/group", "COPY brings another /etc/group"},
		{"ADD passwd /etc/passwd", "ADD brings another /etc/passwd"},
		{"WORKDIR /etc\nCOPY x ./passwd", "COPY brings another /etc/passwd"},
		{"COPY etc /etc", "COPY to /etc may bring an /etc/passwd"},
		{"COPY etc/ /etc/", "COPY to /etc may bring an /etc/passwd"},
		{"COPY --from=x/y /etc /etc", "COPY to /etc may bring an /etc/passwd"},
		{"COPY conf.d /etc/", "COPY to /etc may bring an /etc/passwd"},
		{"ADD root.tar.gz /", "ADD to / may bring an /etc/passwd"},
		{"COPY . .", "COPY to / may bring an /etc/passwd"},
		{"WORKDIR /etc\nCOPY . .", "COPY to /etc may bring an /etc/passwd"},
		{"WORKDIR /app\nCOPY . .", ""},
		{"WORKDIR /app\nWORKDIR src\nCOPY . ..", ""},
		{"COPY nginx.conf /etc/", ""},
		{"COPY conf /etc/app", ""},
		{"COPY app.jar /", ""},
		{"RUN ./setup.sh", script},
		{"RUN ./setup", script},
		{"RUN sh /tmp/setup", script},
		{"RUN curl http://e/x | bash", script},
		{"RUN . /setup", script},
		{"COPY setup /usr/local/bin/\nRUN setup", script},
		{"RUN [\"./setup\"]", unread},
		{"RUN ansible-playbook x.yml", script},
		{"RUN ./configure && make && make install", ""},
		{"RUN . /etc/os-release && /venv/bin/pip install a", ""},
		{"RUN cp /tmp/passwd /etc/", "cp may bring an /etc/passwd"},
		{"RUN tar xzf x.tgz -C /", "tar may bring an /etc/passwd"},
		{"RUN cp a /etc/app/", ""},
	} {
		row := runRow{NamedUser, "debian", add + c.between + user, "", c.says}
		if c.says == "" {
			row.after, row.says = add+c.between+number, "write 1234"
		}
		rows = append(rows, row)
	}
	testRuns(t, append(rows,
		runRow{NamedUser, "debian", "RUN ./setup.sh\n" + add + "USER app", "RUN ./setup.sh\n" + add + "USER 1234", "write 1234"},
		runRow{NamedUser, "debian", "RUN useradd -u 1234 app && ./setup.sh" + user, "", script},
		runRow{NamedUser, "debian AS a", add + "COPY passwd /etc/passwd\nFROM scratch\nCOPY --from=a /etc/passwd /etc/passwd" + user, "", "COPY brings another /etc/passwd"},
		runRow{NamedUser, "debian AS a", add + "FROM scratch\nCOPY --from=a /etc/passwd /etc/group /etc/" + user, add + "FROM scratch\nCOPY --from=a /etc/passwd /etc/group /etc/" + number, "write 1234"},
		runRow{NamedUser, "node", "COPY passwd /etc/passwd\nUSER node", "", "COPY brings another /etc/passwd"},
	))
}
