// Command testcommand prints what Docker would run to ask after a service: the test of its healthcheck as Compose reads it, variables
// put in and $$ made one $. The words end in a NUL each; a test for the shell is sh, -c and its text.
//
//	testcommand compose.yaml db
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	words, err := test(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcommand:", err)
		os.Exit(1)
	}
	for _, w := range words {
		fmt.Print(w + "\x00")
	}
}

func test(args []string) ([]string, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("usage: testcommand FILE SERVICE")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return nil, err
	}
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir: ".", Environment: types.NewMapping(os.Environ()),
		ConfigFiles: []types.ConfigFile{{Filename: args[0], Content: text}},
	}, func(o *loader.Options) { o.SetProjectName("e2e", true) })
	if err != nil {
		return nil, err
	}
	service, ok := project.Services[args[1]]
	if !ok || service.HealthCheck == nil || len(service.HealthCheck.Test) == 0 {
		return nil, fmt.Errorf("%s: the service %q has no healthcheck", args[0], args[1])
	}
	switch words := service.HealthCheck.Test; words[0] {
	case "CMD":
		return words[1:], nil
	case "CMD-SHELL":
		return []string{"sh", "-c", strings.Join(words[1:], " ")}, nil
	default:
		return nil, fmt.Errorf("%s: the test of %q starts with %q", args[0], args[1], words[0])
	}
}
