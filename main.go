// Dockfix rewrites Dockerfiles and Compose files, and proves that it changed nothing else.
package main

import (
	"context"
	"embed"
	"io"
	"io/fs"
	"log"
	"os"
	"os/signal"

	"github.com/dockfix/dockfix/command"
)

//go:embed testdata/rules
var fixtures embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // the second interrupt ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run does what args ask for and returns the exit status.
func run(ctx context.Context, args []string, in io.Reader, out, err io.Writer) int {
	return program(in, out, err).Run(ctx, args)
}

// program is the command line with all its parts.
func program(in io.Reader, out, err io.Writer) *command.Command {
	log.SetOutput(io.Discard) // net/http logs what a server sends unasked, which may repeat a credential
	examples, _ := fs.Sub(fixtures, "testdata/rules")
	return &command.Command{In: in, Out: out, Err: err, Prove: proveWith, Examples: examples}
}
