package dockerfile

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/ruletest"
	"github.com/dockfix/dockfix/source"
)

// row is what one rule makes of one text, as ruletest.Check takes it.
type row struct {
	name  string
	rule  *fix.Rule
	text  string
	after string // "" where nothing changes
	says  string // of each finding: the title of the fix made, the reason why there is none, or silenced
}

func (c row) test(t *testing.T) {
	t.Helper()
	ruletest.Check(t, c.name, c.rule, c.text, c.after, c.says)
}

func TestCutWords(t *testing.T) {
	for _, c := range []row{
		{"keyword", InstructionCasing, "FROM a\nR\\\nun x\n", "", cut},
		{"AS", FromAsCasing, "FROM a a\\\ns b\n", "", cut},
		{"stage name", StageNameCasing, "FROM a AS Bu\\\nild\n", "", cut},
		{"use of a stage name", StageNameCasing, "FROM a AS Build\nFROM b\nCOPY --from=Bu\\\nild x y\n", "", cut},
		{"use in lower case", StageNameCasing, "FROM a AS Build\nFROM b\nCOPY --from=bu\\\nild x y\n", "FROM a AS build\nFROM b\nCOPY --from=bu\\\nild x y\n", "write build wherever the stage is named"},
		{"stage name used across lines", StageNameCasing, "FROM a AS Build\nFROM b\nCOPY \\\n --from=Build x y\n", "FROM a AS build\nFROM b\nCOPY \\\n --from=build x y\n", "write build wherever the stage is named"},
		{"legacy name", LegacyKeyValue, "FROM a\nENV NA\\\nME v w\n", "", cut},
		{"MAINTAINER", Maintainer, "FROM a\nMAIN\\\nTAINER x\n", "", cut},
		{"maintainer's name", Maintainer, "FROM a\nMAINTAINER x\\\ny\n", "", cut},
		{"maintainer on the next line", Maintainer, "FROM a\nMAINTAINER \\\n x\n", "FROM a\nLABEL \\\n org.opencontainers.image.authors=\"x\"\n", "use a LABEL"},
		{"protocol", ExposeCasing, "FROM a\nEXPOSE 53/U\\\nDP\n", "", cut},
		{"host port", ExposeMapping, "FROM a\nEXPOSE 80\\\n80:80\n", "", cut},
		{"flag", RedundantPlatform, "FROM --platform=$TARGET\\\nPLATFORM a\n", "", cut},
		{"after the flag", RedundantPlatform, "FROM --platform=$TARGETPLATFORM \\\n a\n", "", cut},
		{"before the flag", RedundantPlatform, "FROM \\\n --platform=$TARGETPLATFORM \t a\n", "FROM \\\n a\n", "remove the flag"},
		{"directory", RelativeWorkdir, "FROM a\nWORKDIR /a\nWORKDIR b\\\nc\n", "", cut},
	} {
		c.test(t)
	}
}

func TestInstructionCasing(t *testing.T) {
	for _, c := range []row{
		{"draw", InstructionCasing, "FROM a\nrun x\n", "FROM a\nRUN x\n", "write RUN"},
		{"mixed case counts for neither", InstructionCasing, "from a\nRun x\nRun y\n", "from a\nrun x\nrun y\n", "write run; write run"},
		{"global ARG is not counted", InstructionCasing, "ARG A\nARG B\nARG C\nfrom a\nrun x\n", "arg A\narg B\narg C\nfrom a\nrun x\n", "write arg; write arg; write arg"},
		{"AS in capitals", FromAsCasing, "from a AS b\n", "from a as b\n", "write as"},
		{"FROM in mixed case", FromAsCasing, "From a aS b\n", "", ""},
	} {
		c.test(t)
	}
}

func TestStageNames(t *testing.T) {
	const collision = `"build" is the name of another stage or of an image in the file`
	for _, c := range []row{
		{"other stage", StageNameCasing, "FROM a AS build\nFROM b AS Build\n", "", collision},
		{"later stage", StageNameCasing, "FROM a AS Build\nFROM b AS build\n", "", collision},
		{"earlier image", StageNameCasing, "FROM build AS x\nFROM a AS Build\n", "", collision},
		{"its own image", StageNameCasing, "FROM build AS Build\n", "", collision},
		{"stage that is used", StageNameCasing, "FROM a AS Build\nFROM build\n", "FROM a AS build\nFROM build\n", "write build wherever the stage is named"},
		{"FROM of other builders", StageNameCasing, "FROM a AS Build\nFROM Build\nRUN --mount=type=bind,from=BUILD,target=/x y\n", "FROM a AS build\nFROM build\nRUN --mount=type=bind,from=build,target=/x y\n", "write build wherever the stage is named"},
		{"text of ONBUILD", StageNameCasing, "FROM a AS Build\nONBUILD COPY --from=Build x y\n", "FROM a AS build\nONBUILD COPY --from=Build x y\n", "write build wherever the stage is named"},
		{"other names", StageNameCasing, "FROM a AS Build\nFROM b\nCOPY --from=Builder x y\nCOPY --chown=Build x y\nADD --from=Build x y\n", "FROM a AS build\nFROM b\nCOPY --from=Builder x y\nCOPY --chown=Build x y\nADD --from=Build x y\n", "write build wherever the stage is named"},
	} {
		c.test(t)
	}
}

func TestLegacyValues(t *testing.T) {
	const unlike = "its quotes, braces or escapes cannot be carried over to the form with ="
	for _, c := range []row{
		{"comment in a value written anew", LegacyKeyValue, "FROM a\nENV A x \"y\" \\\n# c\n z\n", "", "a comment stands inside the value"},
		{"comment between name and value", LegacyKeyValue, "FROM a\nENV A \\\n# c\n x\n", "", "a comment stands inside the value"},
		{"comment in a value that gets quotes", LegacyKeyValue, "FROM a\nENV A x \\\n# c\n z\n", "FROM a\nENV A=\"x \\\n# c\n z\"\n", "write A="},
		{"comment after it", LegacyKeyValue, "FROM a\nENV A x \"y\"\n# c\nUSER u\n", "FROM a\nENV A=\"x y\"\n# c\nUSER u\n", "write A="},
		{"blank in braces", LegacyKeyValue, "FROM a\nENV A x ${V:-a b}\n", "", unlike},
		{"braces in braces", LegacyKeyValue, "FROM a\nENV A x ${V:-${W}}\n", "FROM a\nENV A=\"x ${V:-${W}}\"\n", "write A="},
		{"blank after braces in braces", LegacyKeyValue, "FROM a\nENV A x ${V:-${W} y}\n", "", unlike},
		{"braces that do not end", LegacyKeyValue, "FROM a\nENV A x ${V\n", "", unlike},
		{"single quote that does not end", LegacyKeyValue, "FROM a\nENV A x 'y\n", "", unlike},
		{"double quote that does not end", LegacyKeyValue, "FROM a\nENV A x \"y\n", "", unlike},
		{"escape in quotes", LegacyKeyValue, "FROM a\nENV A x \"a\\\"b\"\n", "FROM a\nENV A=\"x a\\\"b\"\n", "write A="},
		{"single-quoted part", LegacyKeyValue, "FROM a\nENV A 'x $V' \"y $V\"\n", "FROM a\nENV A=\"x \\$V y $V\"\n", "write A="},
		{"single quotes around all", LegacyKeyValue, "FROM a\nENV A 'x $V'\n", "FROM a\nENV A='x $V'\n", "write A="},
		{"escaped blank", LegacyKeyValue, "FROM a\nLABEL A x\\ y\n", "FROM a\nLABEL A=x\\ y\n", "write A="},
		{"variable before a quote", LegacyKeyValue, "FROM a\nENV A $V\"w\" x\n", "FROM a\nENV A=$V\"w\"\" \"x\n", "write A="},
	} {
		c.test(t)
	}
}

func TestMaintainerCases(t *testing.T) {
	const label, set = "LABEL org.opencontainers.image.authors=", "remove it: the label org.opencontainers.image.authors is set anyway"
	const later, beside = "remove it: a later one of the stage replaces it", "a stage built on this one has a MAINTAINER of its own, and would get the label beside it"
	for _, c := range []row{
		{"label set above", Maintainer, "FROM a\n" + label + "x\nMAINTAINER y\n", "FROM a\n" + label + "x\n", set},
		{"label set below, quoted, among others", Maintainer, "FROM a\nMAINTAINER y\nLABEL a=b \"org.opencontainers.image.authors\"=x\n", "FROM a\nLABEL a=b \"org.opencontainers.image.authors\"=x\n", set},
		{"label set in another stage", Maintainer, "FROM a\n" + label + "x\nFROM b\nMAINTAINER y\n", "FROM a\n" + label + "x\nFROM b\n" + label + "\"y\"\n", "use a LABEL"},
		{"ENV of that name", Maintainer, "FROM a\nENV org.opencontainers.image.authors=x\nMAINTAINER y\n", "FROM a\nENV org.opencontainers.image.authors=x\n" + label + "\"y\"\n", "use a LABEL"},
		{"later one", Maintainer, "FROM a\nMAINTAINER x\nMAINTAINER y\n", "FROM a\n" + label + "\"y\"\n", later + "; use a LABEL"},
		{"later one of another stage", Maintainer, "FROM a\nMAINTAINER x\nFROM b\nMAINTAINER y\n", "FROM a\n" + label + "\"x\"\nFROM b\n" + label + "\"y\"\n", "use a LABEL; use a LABEL"},
		{"stage built on it", Maintainer, "FROM a AS b\nMAINTAINER x\nFROM b AS c\nFROM c\n# dockfix ignore=maintainer\nMAINTAINER y\n", "", beside + "; silenced"},
		{"stage built on it, its own first", Maintainer, "FROM a AS b\nMAINTAINER x\nFROM b\nMAINTAINER y\n", "FROM a AS b\n" + label + "\"x\"\nFROM b\n" + label + "\"y\"\n", "use a LABEL; use a LABEL"},
		{"lower case", Maintainer, "from a\nmaintainer x\n", "from a\nlabel org.opencontainers.image.authors=\"x\"\n", "use a LABEL"},
		{"escape", Maintainer, "# escape=`\nFROM a\nMAINTAINER a\\b`c $d \"e\"\n", "# escape=`\nFROM a\n" + label + "\"a\\b``c `$d `\"e`\"\"\n", "use a LABEL"},
		{"later one with nothing after it", Maintainer, "FROM a\nMAINTAINER x\nMAINTAINER\n", "FROM a\n" + label + "\"x\"\nMAINTAINER\n", "use a LABEL"},
		{"nothing after it", Maintainer, "FROM a\nMAINTAINER\n", "", ""},
		{"before FROM", Maintainer, "MAINTAINER x\nFROM a\n", "", ""},
	} {
		c.test(t)
	}
}

// A MAINTAINER that only goes may change less than one that becomes a label.
func TestMaintainerExpects(t *testing.T) {
	const text = "FROM a\nMAINTAINER x\nMAINTAINER y\nFROM b\nLABEL org.opencontainers.image.authors=z\nMAINTAINER w\n"
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fix.Check(doc, []*fix.Rule{Maintainer}, &fix.Facts{}) {
		got = append(got, fmt.Sprintf("%v %q", f.Fix.Expect != nil, f.Fix.Expect))
	}
	want := `true map[]; true map["image.author":"" "image.config.Labels.org.opencontainers.image.authors":"y"]; true map["image.author":""]`
	if strings.Join(got, "; ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), want)
	}
}

func TestEmptyContinuationCases(t *testing.T) {
	next := func(kw string) string {
		return "a line of it begins with " + kw + ", which the builder takes for a part of this RUN: remove the continuation character above it if that is a mistake"
	}
	for _, c := range []row{
		{"keyword in capitals", EmptyContinuation, "FROM a\nRUN x \\\n\nCMD y\n", "", next("CMD")},
		{"after the second blank line", EmptyContinuation, "FROM a\nRUN x \\\n\n y \\\n\n  USER z\n", "", next("USER")},
		{"keyword in lower case", EmptyContinuation, "FROM a\nRUN x \\\n\n env y\n", "FROM a\nRUN x \\\n env y\n", "remove the blank lines"},
		{"keyword in mixed case", EmptyContinuation, "FROM a\nRUN x \\\n\n Env y\n", "FROM a\nRUN x \\\n Env y\n", "remove the blank lines"},
		{"keyword alone", EmptyContinuation, "FROM a\nRUN x \\\n\n CMD\n", "FROM a\nRUN x \\\n CMD\n", "remove the blank lines"},
		{"other word in capitals", EmptyContinuation, "FROM a\nRUN x \\\n\n FOO y\n", "FROM a\nRUN x \\\n FOO y\n", "remove the blank lines"},
		{"last line of the instruction", EmptyContinuation, "FROM a\nRUN x \\\n\n", "FROM a\nRUN x \\\n", "remove the blank lines"},
		{"last line, another follows", EmptyContinuation, "FROM a\nRUN x \\\n \t\n\n\n y\nCMD z\n", "FROM a\nRUN x \\\n y\nCMD z\n", "remove the blank lines"},
	} {
		c.test(t)
	}
}

func TestExposeCases(t *testing.T) {
	const held = "it has variables or quotes"
	for _, c := range []row{
		{"variable", ExposeMapping, "FROM a\nARG P\nEXPOSE 80:$P\n", "", held},
		{"default and mapping", ExposeMapping, "FROM a\nARG P\nEXPOSE 80:${P:-81}:82\n", "", held},
		{"double quotes", ExposeMapping, "FROM a\nEXPOSE \"80:81\"\n", "", held},
		{"single quotes", ExposeMapping, "FROM a\nEXPOSE '80:81'\n", "", held},
		{"default only", ExposeMapping, "FROM a\nARG P\nEXPOSE ${P:-81} ${P:-81}/tcp\n", "", ""},
		{"range", ExposeMapping, "FROM a\nEXPOSE 80-81:90-91/udp\n", "FROM a\nEXPOSE 90-91/udp\n", "write 90-91/udp"},
		{"protocol of streams", ExposeCasing, "FROM a\nEXPOSE 80/SCTP 81/FOO 82\n", "FROM a\nEXPOSE 80/sctp 81/FOO 82\n", "write sctp"},
	} {
		c.test(t)
	}
}

func TestPlatforms(t *testing.T) {
	const own = "not in this file, which declares TARGETPLATFORM itself and so may be given another value"
	for _, c := range []row{
		{"global ARG with a default", RedundantPlatform, "ARG TARGETPLATFORM=linux/amd64\nFROM --platform=$TARGETPLATFORM a\n", "", own},
		{"global ARG without one", RedundantPlatform, "ARG TARGETPLATFORM\nFROM --platform=$TARGETPLATFORM a\n", "", own},
		{"another global ARG", RedundantPlatform, "ARG PLATFORM=linux/amd64\nFROM --platform=$TARGETPLATFORM a\n", "ARG PLATFORM=linux/amd64\nFROM a\n", "remove the flag"},
		{"ARG in a stage", RedundantPlatform, "FROM --platform=$TARGETPLATFORM a\nARG TARGETPLATFORM=linux/amd64\n", "FROM a\nARG TARGETPLATFORM=linux/amd64\n", "remove the flag"},
		{"quotes", RedundantPlatform, "FROM --platform=\"${TARGETPLATFORM}\" a\n", "FROM a\n", "remove the flag"},
		{"constant", RedundantPlatform, "FROM --platform=linux/amd64 a\n", "", ""},
	} {
		c.test(t)
	}
}

func TestWorkdirs(t *testing.T) {
	const plain, base = "it has variables, quotes, blanks, colons or backslashes", "it adds to the working directory of a, which is not known"
	for _, c := range []row{
		{"stage it is built on", RelativeWorkdir, "FROM a AS b\nWORKDIR /b/\nFROM b AS c\nFROM c\nWORKDIR d/../e\n", "FROM a AS b\nWORKDIR /b/\nFROM b AS c\nFROM c\nWORKDIR /b/e\n", "write /b/e"},
		{"all of the stage it is built on", RelativeWorkdir, "FROM a AS b\nWORKDIR /b\nWORKDIR $X\nFROM b\nWORKDIR d\n", "", "it adds to WORKDIR $X, which is not known"},
		{"unknown base", RelativeWorkdir, "FROM a AS b\nFROM b\nWORKDIR c\n", "", base},
		{"two on an unknown base", RelativeWorkdir, "FROM a\nWORKDIR c\nWORKDIR d\n", "", base + "; " + base},
		{"scratch", RelativeWorkdir, "FROM scratch\nWORKDIR c\nWORKDIR d\n", "FROM scratch\nWORKDIR /c\nWORKDIR /c/d\n", "write /c; write /c/d"},
		{"absolute after an unknown one", RelativeWorkdir, "FROM a\nWORKDIR $X\nWORKDIR /c\nWORKDIR d\n", "FROM a\nWORKDIR $X\nWORKDIR /c\nWORKDIR /c/d\n", "write /c/d"},
		{"another instruction before it", RelativeWorkdir, "FROM a\nUSER /u\nWORKDIR d\n", "", base},
		{"later ones do not count", RelativeWorkdir, "FROM a\nWORKDIR d\nWORKDIR /c\n", "", base},
		{"variable inside", RelativeWorkdir, "FROM a\nWORKDIR /c\nWORKDIR d/$X\n", "", plain},
		{"quotes", RelativeWorkdir, "FROM a\nWORKDIR /c\nWORKDIR \"d\"\n", "", plain},
		{"blank", RelativeWorkdir, "FROM a\nWORKDIR /c\nWORKDIR d e\n", "", plain},
		{"backslash", RelativeWorkdir, "# escape=`\nFROM a\nWORKDIR /c\nWORKDIR d\\e\n", "", plain},
		{"variable of Windows inside", RelativeWorkdir, "FROM a\nWORKDIR /c\nWORKDIR d/%X%\n", "", plain},
		{"colon", RelativeWorkdir, "FROM a\nWORKDIR /c\nWORKDIR de:f\n", "", plain},
		{"absolute in one way or another", RelativeWorkdir, "# escape=`\nFROM a\nWORKDIR %X%\nWORKDIR '/c'\nWORKDIR \"\\c\"\nWORKDIR \\c\nWORKDIR C:\\c\nWORKDIR $X\nWORKDIR \"$X/y\"\n", "", ""},
		{"nothing after it", RelativeWorkdir, "FROM a\nWORKDIR\n", "", ""},
		{"before FROM", RelativeWorkdir, "WORKDIR d\nFROM a\n", "", ""},
	} {
		c.test(t)
	}
}

func TestRemovals(t *testing.T) {
	const silence = "a comment that asks for silence here would silence the instruction after it"
	for _, c := range []row{
		{"blank lines around it", RepeatedCommand, "FROM a\n\nCMD x\n\nCMD y\n", "FROM a\n\nCMD y\n", "remove it"},
		{"blanks in the blank lines", RepeatedCommand, "FROM a\r\n \t\r\nCMD x\r\n\t\r\nCMD y\r\n", "FROM a\r\n \t\r\nCMD y\r\n", "remove it"},
		{"blank line above it", RepeatedCommand, "FROM a\n\nCMD x\nCMD y\n", "FROM a\n\nCMD y\n", "remove it"},
		{"blank line below it", RepeatedCommand, "FROM a\nCMD x\n\nCMD y\n", "FROM a\n\nCMD y\n", "remove it"},
		{"comment kept between blank lines", RepeatedCommand, "FROM a\n\nCMD x \\\n  # c\n y\n\nCMD z\n", "FROM a\n\n# c\n\nCMD z\n", "remove it"},
		{"comments kept with CRLF", RepeatedCommand, "FROM a\r\nCMD x \\\r\n# c\r\n#\r\n y\r\nCMD z\r\n", "FROM a\r\n# c\r\n#\r\nCMD z\r\n", "remove it"},
		{"end of the file", Maintainer, "FROM a\nLABEL org.opencontainers.image.authors=x\nMAINTAINER y", "FROM a\nLABEL org.opencontainers.image.authors=x\n", "remove it: the label org.opencontainers.image.authors is set anyway"},
		{"all but the last", RepeatedCommand, "FROM a\nCMD x\nENTRYPOINT y\nCMD z\nENTRYPOINT y\nCMD w\n", "FROM a\nENTRYPOINT y\nCMD w\n", "remove it; remove it; remove it"},

		{"silence above", RepeatedCommand, "FROM a\n# hadolint ignore=DL4000\nCMD x\nMAINTAINER m\nCMD y\n", "", silence},
		{"silence above, other comments between", RepeatedCommand, "FROM a\n# check=skip=Other\n\n# c\nCMD x\nCMD y\n", "", silence},
		{"silence inside", RepeatedCommand, "FROM a\nCMD x \\\n # tally ignore=X\n y\nCMD z\n", "", silence},
		{"silence of the next", RepeatedCommand, "FROM a\nCMD x\n# dockfix ignore=other\nCMD y\n", "FROM a\n# dockfix ignore=other\nCMD y\n", "remove it"},
		{"silence in the whole file", RepeatedCommand, "# check=skip=Other\nFROM a\n# hadolint global ignore=DL1\nCMD x\nCMD y\n", "# check=skip=Other\nFROM a\n# hadolint global ignore=DL1\nCMD y\n", "remove it"},
		{"silence above a replaced MAINTAINER", Maintainer, "FROM a\n# dockfix ignore=other\nMAINTAINER x\nUSER u\nMAINTAINER y\n", "FROM a\n# dockfix ignore=other\nMAINTAINER x\nUSER u\nLABEL org.opencontainers.image.authors=\"y\"\n", silence + "; use a LABEL"},
		{"silence above a MAINTAINER beside the label", Maintainer, "FROM a\nLABEL org.opencontainers.image.authors=y\n# dockfix ignore=other\nMAINTAINER x\nUSER u\n", "", silence},
	} {
		c.test(t)
	}
}

// No rule looks at an instruction whose bytes are not known.
func TestDeclinedInstructions(t *testing.T) {
	const text = "FROM --platform=$TARGETPLATFORM python As Build\nenv A b\nMAINTAINER x\nADD a.py /x\nCOPY a b c\nCOPY e.sh /e.sh\nRUN chmod 755 /e.sh\nRUN cd /a && ls\nWORKDIR /c\nRUN curl -o /d x | sh\nRUN rm /d\nVOLUME ['x']\nRUN a \\\n\n b\nEXPOSE 1:80/TCP\nCMD a\nCMD python -m http.server 80\nWORKDIR /a\nWORKDIR b\nCOPY . .\nRUN npm ci\n"
	own := map[*fix.Rule]string{
		SecretInEnv:      "FROM a\nARG TOKEN\nRUN x $TOKEN\n",
		FatBase:          "FROM python:3.12\nCMD python -m http.server 80\n",
		DevDependencies:  "FROM python:3.12\nRUN pip install -r requirements-dev.txt\nCMD python -m http.server 80\n",
		SingleStageBuild: "FROM golang\nRUN go build -o /app\nCMD [\"/app\"]\n",
		NeedlessTool:     "FROM debian\nRUN apt-get install -y vim\nCMD [\"/app\"]\n",
		UntrustedBase:    "FROM somebody/image\nCMD [\"/app\"]\n",
		SeveralProcesses: "FROM debian\nCMD service cups start && nginx\n",
	}
	facts := npmFacts()
	for _, r := range Rules {
		doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(cmp.Or(own[r], everyRun+text)))
		if err != nil {
			t.Fatal(err)
		}
		if len(fix.Check(doc, []*fix.Rule{r}, facts)) == 0 {
			t.Errorf("%s finds nothing", r.Name)
		}
		for _, in := range doc.Dockerfile.Instructions {
			in.Declined = "declined"
		}
		for _, f := range fix.Check(doc, []*fix.Rule{r}, facts) {
			t.Errorf("%s: %s", r.Name, f.Message)
		}
	}
}

// TestHostileInput holds what a hostile user found.
func TestHostileInput(t *testing.T) {
	const odd = "a --from or --mount names the stage in a way that is not understood"
	const mistaken = "a line of it begins with ENV, which the builder takes for a part of this ENV: remove the continuation character above it if that is a mistake"
	for _, c := range []row{
		{"stage in a quoted field", StageNameCasing, "FROM a AS Build\nFROM b\nRUN --mount=type=bind,\"from=Build\",target=/a x\n", "", odd},
		{"stage with the key in capitals", StageNameCasing, "FROM a AS Build\nFROM b\nRUN --mount=FROM=Build,target=/b x\n", "", odd},
		{"stage with quotes inside", StageNameCasing, "FROM a AS Build\nFROM b\nCOPY --from=Bu\"ild\" a b\n", "", odd},
		{"swallowed ENV", LegacyKeyValue, "FROM a\nENV A b\\\nENV C d\n", "", mistaken},
	} {
		c.test(t)
	}
	// Thousands of WORKDIRs, each on top of all before, take no longer than they are many.
	text := "FROM scratch\n" + strings.Repeat("WORKDIR x\n", 20000)
	d, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(fix.Check(d, []*fix.Rule{RelativeWorkdir}, &fix.Facts{})); n != 20000 {
		t.Errorf("%d findings", n)
	}
}
