package registry

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/authn/github"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// credentials are those stored for a host; all empty: none.
type credentials struct {
	user, password string
	identity       string // to be exchanged for a token
	bearer         string // a token
}

func (c credentials) any() bool { return c != credentials{} }

// credentials are asked for once a host: a helper is a program.
func (c *Client) credentials(ctx context.Context, h *host) credentials {
	if h.anonymous {
		return credentials{}
	}
	h.auth.once.Do(func() { h.auth.stored = c.lookUp(ctx, h.name) })
	return h.auth.stored
}

// lookUp asks the keychain, which may hang: a helper can wait for a person. Where it fails, public images still work.
func (c *Client) lookUp(ctx context.Context, host string) credentials {
	type found struct {
		credentials
		problem string
	}
	// Not the context of the caller: what is found is for others too. Our own helper is stopped before it is given up.
	patience := c.o.Timeout
	if c.o.Keychain == nil {
		patience += 2 * helperGrace
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	done := make(chan found, 1)
	go func() {
		limit, cancel := context.WithTimeout(limit, c.o.Timeout)
		defer cancel()
		got, err := c.resolve(limit, hubAs(host))
		if errors.Is(err, context.DeadlineExceeded) {
			done <- found{got, silentHelper(host)}
			return
		}
		done <- found{got, problem(err)}
	}()
	select {
	case f := <-done:
		if f.problem != "" {
			c.warn(f.problem + ": asking registries without credentials")
		}
		return f.credentials
	case <-limit.Done():
		c.warn(silentHelper(host) + ": going on without credentials")
		return credentials{}
	}
}

func silentHelper(host string) string {
	return "the credential helper for " + hubAs(host) + " does not answer"
}

func (c *Client) resolve(ctx context.Context, host string) (credentials, error) {
	target, err := name.NewRegistry(host)
	if err != nil {
		return credentials{}, nil // a host with an odd name has none
	}
	chain := []authn.Keychain{c.o.Keychain}
	if c.o.Keychain == nil {
		chain = []authn.Keychain{dockerKeychain{}, github.Keychain}
	}
	var failed error
	for _, k := range chain {
		a, err := authn.Resolve(ctx, k, target)
		if err == nil && a != authn.Anonymous {
			var config *authn.AuthConfig
			if config, err = authn.Authorization(ctx, a); err == nil {
				return read(config)
			}
		}
		if failed == nil {
			failed = err
		}
	}
	return credentials{}, failed
}

// read takes over what is needed; a user without a password is Docker's way to say that there is an identity token.
func read(config *authn.AuthConfig) (credentials, error) {
	c := credentials{config.Username, config.Password, config.IdentityToken, config.RegistryToken}
	if c.user == "" && config.Auth != "" {
		pair, err := base64.StdEncoding.DecodeString(config.Auth)
		if err != nil {
			return credentials{}, err
		}
		c.user, c.password, _ = strings.Cut(string(pair), ":")
	}
	return c, nil
}

// helper is the name of a program in an error of Docker's configuration.
var helper = lazyregexp.New(`docker-credential-[A-Za-z0-9._-]+`)

// problem words an error of a keychain without its text, which can have what the helper printed.
func problem(err error) string {
	if err == nil {
		return ""
	}
	var own *helperError
	if errors.As(err, &own) {
		if helper.FindString(own.program) != own.program {
			own = &helperError{"of Docker's configuration", own.fact}
		}
		return own.Error()
	}
	program := helper.FindString(err.Error())
	switch {
	case program != "" && strings.Contains(err.Error(), "not found"):
		return "the credential helper " + program + " of Docker's configuration is not installed"
	case program != "":
		return "the credential helper " + program + " does not work"
	}
	return "Docker's configuration or its credential helper does not work"
}

// hubAs is the host as configurations call it.
func hubAs(host string) string {
	if host == hubHost {
		return hubName
	}
	return host
}

func (h *host) credentialsRefused() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.auth.refused
}

func (h *host) refuseCredentials() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.auth.refused = true
}
