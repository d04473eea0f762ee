package manifest

import (
	"encoding/json"
	"strings"
	"testing"
)

func commandFrom(line string) Command {
	words := strings.Fields(line)
	return Command{Name: words[0], Args: words[1:]}
}

// TestRecognise tells installs from other commands of the same programs.
func TestRecognise(t *testing.T) {
	for line, manager := range map[string]string{
		"npm ci": "npm", "npm i": "npm", "npm install --prefix web": "npm", "npm install --omit dev": "npm", "npm clean-install": "npm",
		"npm install express": "", "npm install -g serve": "", "npm i --location=global a": "", "npm run build": "", "npm": "",
		"yarn": "yarn", "yarn install": "yarn", "yarn --frozen-lockfile": "yarn", "yarn --cwd web install": "yarn", "yarn build": "", "yarn add a": "", "yarn --version": "",
		"pnpm i --frozen-lockfile": "pnpm", "pnpm add a": "", "pnpm build": "", "corepack pnpm install": "pnpm", "bun install": "bun", "bun add a": "", "bun run build": "",
		"deno install": "deno", "deno cache main.ts": "deno", "deno run main.ts": "",
		"pip install -r requirements.txt": "pip", "pip3.12 install -rrequirements.txt": "pip", "python3 -m pip install -r a.txt": "pip", "pip install .": "pip",
		"pip install -e .[dev]": "pip", "pip install flask": "", "pip install git+https://example.com/a": "", "pip install --upgrade pip": "", "pip install -c constraints.txt flask": "pip",
		"pipenv install --system": "pipenv", "pipenv install flask": "", "pipenv run x": "", "poetry install": "poetry", "poetry sync": "poetry", "poetry build": "", "poetry add a": "",
		"uv sync --frozen": "uv", "uv pip install -r a.txt": "uv pip", "uv pip sync a.txt": "pip", "uv run a": "", "uv pip install flask": "",
		"pdm install": "pdm", "hatch env create": "hatch", "hatch build": "", "conda env create -f environment.yml": "conda", "conda env update": "conda", "conda install numpy": "", "mamba install --file a.txt": "conda",
		"go mod download": "go", "go mod tidy": "go", "go get ./...": "go", "go get": "go", "go get example.com/a": "", "go build ./...": "", "go mod download example.com/a": "",
		"cargo fetch": "cargo", "cargo build --release": "cargo", "cargo install --path .": "cargo", "cargo install ripgrep": "", "cargo chef cook": "cargo", "cargo chef prepare": "",
		"mvn dependency:go-offline": "maven", "./mvnw -B dependency:resolve": "maven", "mvn package": "", "mvn dependency:resolve package": "",
		"gradle dependencies": "gradle", "./gradlew build": "", "sbt update": "sbt", "sbt compile": "",
		"bundle install": "bundler", "bundle": "bundler", "bundle exec rake": "", "bundle config set a b": "", "composer install": "composer", "composer dump-autoload": "", "composer require a": "",
		"dotnet restore": "dotnet", "dotnet build": "", "mix deps.get": "mix", "mix do deps.get, deps.compile": "mix", "mix compile": "", "mix deps.clean": "",
		"stack build --only-dependencies": "stack", "stack build": "", "cabal build --only-dependencies all": "cabal", "cabal build": "", "cabal v2-build --only-dependencies": "cabal",
		"swift package resolve": "swift", "swift build": "", "dart pub get": "pub", "flutter packages get": "pub", "dart compile exe a": "",
		"conan install .": "conan", "conan create .": "", "vcpkg install": "vcpkg", "vcpkg install zlib": "",
		"sudo npm ci": "npm", "/usr/local/bin/npm ci": "npm", "make": "",
	} {
		got := ""
		if i := Recognise(commandFrom(line)); i != nil {
			got = i.Manager
		}
		if got != manager {
			t.Errorf("%s: recognised as %q, want %q", line, got, manager)
		}
	}
}

// TestEffectOf tells what leaves a copied tree alone.
func TestEffectOf(t *testing.T) {
	for line, want := range map[string]Effect{
		"apt-get install -y curl": Harmless, "apt-get update": Harmless, "apt-get install -y ./a.deb": Unknown, "apt-get install -y a.deb": Unknown, "apt-get purge gcc": Cleanup, "apt-get clean": Cleanup,
		"apk add --no-cache --virtual .build-deps gcc": Harmless, "apk del .build-deps": Cleanup, "yum install -y gcc": Harmless,
		"npm install -g serve": Harmless, "npm install -g ./cli": Unknown, "npm install -g": Unknown, "npm install -g @vue/cli": Harmless, "npm cache clean --force": Cleanup, "npm run build": Unknown, "npm install express": Unknown,
		"npm --version": Harmless, "yarn global add serve": Harmless, "yarn build": Unknown, "corepack enable": Harmless,
		"pip install flask": Harmless, "pip install --upgrade pip": Harmless, "pip install -r a.txt": Unknown, "pip install .": Unknown, "pip install ./a.whl": Unknown, "pip cache purge": Cleanup, "pip freeze": Unknown,
		"gem install bundler": Harmless, "gem install ./a.gem": Unknown, "bundle config set without test": Harmless, "bundle exec rake": Unknown, "composer global require a/b": Harmless, "composer dump-autoload": Unknown,
		"go install example.com/a@latest": Harmless, "go install ./cmd/a": Unknown, "go build": Unknown, "mix local.hex --force": Harmless, "dotnet tool install -g a": Harmless, "dotnet build": Unknown,
		"mkdir -p /data": Harmless, "rm -rf /var/lib/apt/lists/*": Cleanup, "rm -rf node_modules": Unknown, "rm -rf /tmp/../app": Unknown, "chmod +x a.sh": Unknown, "cp a b": Unknown, "make": Unknown, "sed -i s/a/b/ package.json": Unknown,
		"useradd -m app": Harmless, "node build.js": Unknown, "node --version": Harmless, "curl -O https://example.com": Unknown, "conda clean -afy": Cleanup, "poetry config a b": Harmless, "poetry config --local a b": Unknown,
	} {
		if got, venv := EffectOf(commandFrom(line)); got != want || venv != "" {
			t.Errorf("%s: %d %q, want %d", line, got, venv, want)
		}
	}
	for line, want := range map[string]string{"python -m venv /opt/venv": "/opt/venv", "python3 -m venv --copies .venv": ".venv", "virtualenv -p python3 env": "env", "python -m http.server": "", "venv x": ""} {
		if _, venv := EffectOf(commandFrom(line)); venv != want {
			t.Errorf("%s: makes the environment %q, want %q", line, venv, want)
		}
	}
}

// TestMentions looks for installs in texts that are no shell program.
func TestMentions(t *testing.T) {
	for text, want := range map[string]string{
		"if exist package.json (npm ci)": "npm", "npm ci; Write-Host done": "npm", "echo hello": "", "cmd /c \"yarn install\"": "yarn", "Install-Package npm": "", "a && bundle install": "bundler", "if x; then npm ci; fi": "npm",
	} {
		got, ok := Mentions(text)
		if got.Manager != want || ok != (got.Manager != "") {
			t.Errorf("%q: mentions %q, want %q", text, got.Manager, want)
		}
	}
}

// TestWithoutComments reads JSONC.
func TestWithoutComments(t *testing.T) {
	for _, text := range []string{
		"{\"a\": \"b\"}", "{\n // c\n \"a\": \"b\", // d\n}", "{/* x */\"a\": /* , */ \"b\"}", "{\"a\": \"b\",}", "{\"a\": \"b\"} // end", "{\"a\":\"b\",\n\t}\n",
	} {
		var got map[string]string
		if err := json.Unmarshal(withoutComments(text), &got); err != nil || got["a"] != "b" {
			t.Errorf("%q: %s: %v", text, withoutComments(text), err)
		}
	}
	for text, want := range map[string]string{`{"a": "http://x", "b": ["/* y */",]}`: `{"a": "http://x", "b": ["/* y */"]}`, `{"a\"//": 1}`: `{"a\"//": 1}`} {
		if got := string(withoutComments(text)); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	for _, broken := range []string{"/", "/*", "\"", "{\"a", "\\", "//", "/* *"} {
		withoutComments(broken) // it must end
	}
}
