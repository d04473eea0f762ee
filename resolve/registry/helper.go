package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// dockerKeychain is that of authn, but for the credential helpers: Docker's code runs them with the terminal as their standard
// error, and waits for them for ever.
type dockerKeychain struct{}

// dockerConfig is what decides about helpers, in Docker's configuration.
type dockerConfig struct {
	Store   string            `json:"credsStore"`
	Helpers map[string]string `json:"credHelpers"`
}

// helperError is what went wrong with a helper, without a word of what it has printed.
type helperError struct{ program, fact string }

func (e *helperError) Error() string { return "the credential helper " + e.program + " " + e.fact }

const (
	helperOutput = 1 << 20                // bytes
	helperGrace  = 200 * time.Millisecond // for what a helper that was stopped has started itself
)

func (k dockerKeychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), target)
}

// ResolveContext asks the helper that is configured for the registry, and authn where there is none.
func (dockerKeychain) ResolveContext(ctx context.Context, target authn.Resource) (authn.Authenticator, error) {
	key := target.RegistryStr()
	if key == name.DefaultRegistry {
		key = authn.DefaultAuthKey
	}
	helper := configuredHelper(key)
	if helper == "" || inEnvironment(key) {
		return authn.DefaultKeychain.Resolve(target)
	}
	return runHelper(ctx, "docker-credential-"+helper, key)
}

// configuredHelper is the suffix of the helper for a registry. What is wrong with a configuration, authn tells.
func configuredHelper(key string) string {
	var c dockerConfig
	text, err := os.ReadFile(configFile())
	if err != nil || json.NewDecoder(bytes.NewReader(text)).Decode(&c) != nil {
		return ""
	}
	if h, ok := c.Helpers[key]; ok {
		return h
	}
	return c.Store
}

// configFile is where authn looks: Docker's configuration, and where there is none, that of podman.
func configFile() string {
	home, _ := os.UserHomeDir()
	docker := filepath.Join(home, ".docker", "config.json")
	dir := os.Getenv("DOCKER_CONFIG")
	if dir == "" {
		dir = filepath.Dir(docker)
	}
	if isFile(docker) || isFile(filepath.Join(dir, "config.json")) {
		return filepath.Join(dir, "config.json")
	}
	if file := os.Getenv("REGISTRY_AUTH_FILE"); file != "" && isFile(file) {
		return file
	}
	if run := os.Getenv("XDG_RUNTIME_DIR"); run != "" && isFile(filepath.Join(run, "containers", "auth.json")) {
		return filepath.Join(run, "containers", "auth.json")
	}
	config := os.Getenv("XDG_CONFIG_HOME")
	if config == "" {
		config = filepath.Join(home, ".config")
	}
	return filepath.Join(config, "containers", "auth.json")
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// inEnvironment reports whether DOCKER_AUTH_CONFIG has the credentials: Docker looks there first.
func inEnvironment(key string) bool {
	var c struct {
		Auths map[string]json.RawMessage `json:"auths"`
	}
	return json.Unmarshal([]byte(os.Getenv("DOCKER_AUTH_CONFIG")), &c) == nil && c.Auths[key] != nil
}

// runHelper speaks the protocol of Docker's credential helpers: the registry goes in, a user and a secret come out. The helper
// ends with the context.
func runHelper(ctx context.Context, program, key string) (authn.Authenticator, error) {
	var out capped
	cmd := exec.CommandContext(ctx, program, "get")
	cmd.Stdin, cmd.Stdout, cmd.WaitDelay = strings.NewReader(key), &out, helperGrace
	err := cmd.Run()
	said := strings.TrimSpace(string(out.text))
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist), errors.Is(err, exec.ErrDot):
		return nil, &helperError{program, "of Docker's configuration is not installed"}
	case ctx.Err() != nil:
		return nil, &helperError{program, "does not answer in time"}
	case err != nil && said == "credentials not found in native keychain":
		return authn.Anonymous, nil
	case err != nil:
		return nil, &helperError{program, "does not work"}
	}
	var got struct{ Username, Secret string }
	switch err := json.Unmarshal([]byte(said), &got); {
	case err != nil:
		return nil, &helperError{program, "does not give credentials"}
	case got.Secret == "":
		return authn.Anonymous, nil
	case got.Username == "<token>":
		return authn.FromConfig(authn.AuthConfig{IdentityToken: got.Secret}), nil
	}
	return authn.FromConfig(authn.AuthConfig{Username: got.Username, Password: got.Secret}), nil
}

// capped keeps what a helper prints, and stops one that prints without end.
type capped struct{ text []byte }

func (c *capped) Write(b []byte) (int, error) {
	if len(c.text)+len(b) > helperOutput {
		return 0, io.ErrShortWrite
	}
	c.text = append(c.text, b...)
	return len(b), nil
}
