package manifest

// Texts are the patterns of the files whose texts Plan looks at, as fix.WantText takes them.
var Texts = []string{
	"package.json", ".npmrc", ".yarnrc", ".yarnrc.yml", "yarn.lock", "pnpm-workspace.yaml", "bunfig.toml", "*.prisma",
	"deno.json", "deno.jsonc",
	"*requirements*", "*constraints*", "requirements/*", "*/requirements/*", "base.txt", "common.txt", "dev.txt", "prod.txt", "production.txt", "test.txt",
	"pyproject.toml", "Pipfile", "environment*.yml", "environment*.yaml", "env.yml", "conda*.yml",
	"go.mod", "go.work", "stack.yaml", "cabal.project", "*.cabal", "Package.swift", "conanfile.py", "vcpkg.json", "vcpkg-configuration.json",
	"pom.xml", "settings.xml", "*.gradle", "*.gradle.kts", "*.sbt", "*.scala",
	"*.csproj", "*.fsproj", "*.vbproj", "*.sln", "*.slnx", "*.props", "*.targets", "*.proj", "nuget.config", "NuGet.config", "NuGet.Config",
	"Gemfile", "Gemfile.lock", "composer.json", "mix.exs", "pubspec.yaml", "pubspec_overrides.yaml",
}
