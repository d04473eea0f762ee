package source

import "strings"

// EnvValue writes a value for a .env file, without the name and the =. Compose reads it back as it is. misread says who else
// reads something different, as a clause; "" where docker-compose 1.x and a shell that sources the file read the same.
//
// The three agree on little: single quotes end at a \' for Compose and docker-compose but not for a shell, docker-compose puts
// variables into single quotes and knows no \$, and only Compose knows \n in double quotes of those that a shell reads.
func EnvValue(value string) (text, misread string) {
	const old, shell = "docker-compose 1.x reads another value there", "a shell that sources the file reads another value there"
	apostrophe := strings.Contains(value, "'") || strings.Contains(value, `\\`) || strings.HasSuffix(value, `\`)
	switch {
	case strings.Contains(value, "\r"):
		return `"` + composeEscapes.Replace(value) + `"`, "docker-compose 1.x and a shell that sources the file read another value there"
	case value != "" && strings.Trim(value, bareEnv) == "":
		return value, ""
	case !apostrophe && strings.Contains(value, "${"):
		return "'" + value + "'", old
	case !apostrophe:
		return "'" + value + "'", ""
	case strings.Contains(value, "`"): // in double quotes a shell would run what follows
		return "'" + strings.ReplaceAll(value, "'", `\'`) + "'", shell
	case strings.Contains(value, "$"), strings.HasSuffix(value, `\`): // for docker-compose \\" does not end a value where another " follows
		return `"` + commonEscapes.Replace(value) + `"`, old
	}
	return `"` + commonEscapes.Replace(value) + `"`, ""
}

// bareEnv are the bytes that need no quotes: a shell expands ~ and * and ends a word at most others.
const bareEnv = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,=-"

var (
	// commonEscapes are the escapes in double quotes that Compose and a shell have in common; line ends stand as they are.
	commonEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`)
	// composeEscapes are those of Compose alone.
	composeEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "\r", `\r`, "\n", `\n`)
)
