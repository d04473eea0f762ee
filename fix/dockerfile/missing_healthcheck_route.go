package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// checkPath finds a quoted path that is there for checks.
const checkPath = `["'` + "`" + `](/healthz|/health|/livez|/readyz|/up|/ping|/-/healthy|/_health)["'` + "`" + `]`

// plainRoutes find a route for checks that a file declares at its top, with a handler that takes nothing and does nothing but answer: in
// Python, in JavaScript. The second group of the latter is what the handler does.
var plainRoutes = []*lazyregexp.Regexp{
	lazyregexp.New(`(?m)^@app\.(?:get|route)\(\s*` + checkPath + `\s*\)[ \t]*\r?\n(?:async )?def \w+\(\)[^:\n]*:[ \t]*(?:\r?\n[ \t]+)?(return [^\r\n(]*(?:jsonify\([^\r\n(]*)?)\r?$`),
	lazyregexp.New(`(?m)^app\.get\(\s*` + checkPath + `\s*,\s*(?:async\s*)?(?:\(\s*\w*\s*(?:,\s*\w+\s*)?\)|\w+)\s*=>\s*(?:\{\s*)?(?:return\s+)?(\w+\.(?:send|json|end)\([^()\r\n]*\))[\s;})]*\r?$`),
}

// ownApp finds the application that a file makes for itself.
var ownApp = lazyregexp.New(`(?m)^(?:(?:const|let|var) )?app\s*=\s*(?:FastAPI|Flask|Quart|express|fastify|Fastify|require\(["']express["']\))\(`)

// guarded finds what may answer a check with something else than 200: a login, a redirect, a list of hosts, code that runs before the
// handler, or other code that is given the application.
var guarded = lazyregexp.New(`(?i)auth|login|jwt|passport|TrustedHost|redirect|ALLOWED_HOSTS|Talisman|csrf|api_key|root_path|APIRouter\(.*prefix|Blueprint|SERVER_NAME|forceSSL|middleware|before_|app\.use\(|depends|dependencies|limiter|ratelimit|\.mount\(|\.register\(|addHook|init_app|SCRIPT_NAME`)

// speaksTLS finds what makes a server speak TLS.
var speaksTLS = lazyregexp.New(`(?i)\bssl|https["')]*\.createServer|\bhttp2\b|\btls\b|ListenAndServeTLS|certfile|keyfile|\bhttps\s*:|import\s+https|\bcert\s*[:=]|from ["'](?:node:)?https`)

// handedOn finds other code that is given the application.
var handedOn = lazyregexp.New(`([\w.]+)\(\s*app\s*[,)]`)

// routeOf is the route of the file that the server begins with; "" where there is none, or one that is not a plain GET.
func routeOf(l *launch) string {
	words := strings.Join(l.program.words, " ")
	if l.program.name == "streamlit" && !strings.Contains(words, "baseUrlPath") && !hasServerConfig(l) {
		return "/_stcore/health"
	}
	if l.program.file == "" || hasServerConfig(l) || strings.Contains(words, "root-path") || strings.Contains(words, "factory") || strings.Contains(words, "-c ") || strings.Contains(words, "--config") {
		return ""
	}
	if l.program.server && !slices.ContainsFunc(l.program.words, func(w string) bool { return strings.HasSuffix(w, ":app") }) {
		return ""
	}
	_, text, ok := l.text(l.program.file)
	if !ok || guarded.MatchString(text) || speaksTLS.MatchString(text) || len(ownApp.FindAllString(text, -1)) != 1 {
		return ""
	}
	for _, m := range handedOn.FindAllStringSubmatch(text, -1) {
		if m[1] != "uvicorn.run" && m[1] != "http.createServer" {
			return ""
		}
	}
	for _, r := range plainRoutes {
		m := r.FindStringSubmatchIndex(text)
		if m == nil {
			continue
		}
		before, answer := text[:m[0]], text[m[4]:m[5]]
		if quotedOut(before) || failing.MatchString(answer) {
			return ""
		}
		return text[m[2]:m[3]]
	}
	return ""
}

// failing finds numbers that can be a status of failure, and decisions.
var failing = lazyregexp.New(`\b[345]\d\d\b|\bif\b|\bawait\b|\?`)

// quotedOut reports whether what comes behind a text can stand in a string over several lines, or in a comment.
func quotedOut(before string) bool {
	for _, mark := range []string{`"""`, "'''", "`"} {
		if strings.Count(before, mark)%2 == 1 {
			return true
		}
	}
	return strings.Count(before, "/*") != strings.Count(before, "*/") || strings.Contains(before, `"""`) && strings.Contains(before, "'''")
}
