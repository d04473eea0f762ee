package fix

// DotEnv is what is known of the .env beside a Compose file, which Compose gives its variables from. The text of the file, and
// of those that are named here, is in Facts.Files.
type DotEnv struct {
	// Known tells that the rest was looked up: it is not for a file that is read from standard input.
	Known bool
	// Failed says which of the files that would have to change cannot be read, and why; "" where all can.
	Failed string
	// Tracked tells that git tracks the file, Unasked that the folder is in a repository and git does not answer.
	Tracked, Unasked bool
	// Ignored tells that git leaves the file out, ExampleIgnored that it leaves out .env.example, SecretsIgnored what is in the
	// folder secrets.
	Ignored, ExampleIgnored, SecretsIgnored bool
	// Gitignore is the .gitignore to add a line to, by its name relative to the folder; "" outside of a repository.
	Gitignore string
	// Contexts are the build contexts of the services of the file that the .env lies in, and of Dockerfiles beside and above it.
	Contexts []DotEnvContext
	// Doubts are the places that give Compose another .env or none, or show this one to somebody, as clauses.
	Doubts []string
	// Readers are the services of Compose files in other folders that get all of the .env, as "web in sub/compose.yaml".
	Readers []string
	// Assigned are the variables that scripts give a value, with the place of one: it counts before that of the .env.
	Assigned map[string]string
	// ReadBy is the place in a script that reads the .env by itself, as "Makefile:1", where quotes and $ mean something else; "" for none.
	ReadBy string
}

// DotEnvContext is a build context that holds a .env file.
type DotEnvContext struct {
	Service string // that is built in it
	Path    string // of the .env in the context, with slashes
	Ignore  string // the ignore file that is in force, or that a new one would be, relative to the folder of the Compose file
}
