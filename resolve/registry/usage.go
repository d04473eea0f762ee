package registry

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// The parts of a name as the distribution specification has them; a host may be one label, such as localhost or mirror.
var (
	hostForm = lazyregexp.New(`^(?i:[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$`)
	pathForm = lazyregexp.New(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
)

// CheckHost says what is wrong with a value of Options.Insecure, for a message about usage: it has to be a host, or host:port. The
// value is not repeated: it may have a password in it.
func CheckHost(host string) error {
	if err := checkWhole(host); err != nil {
		return err
	}
	if strings.Contains(host, "/") {
		return errors.New("it has a path; a host, or host:port, is enough")
	}
	return checkHost(host)
}

// CheckMap says what is wrong with an entry of Options.Map, for a message about usage. Both sides are a host, or host:port, and
// maybe the beginning of a path. The values are not repeated: they may have a password in them.
func CheckMap(from, to string) error {
	for _, side := range [][2]string{{"what is mapped", from}, {"where it is looked up", to}} {
		if err := checkPrefix(side[1]); err != nil {
			return fmt.Errorf("%s: %w", side[0], err)
		}
	}
	if host, _, _ := strings.Cut(from, "/"); !strings.ContainsAny(host, ".:") && host != "localhost" {
		return errors.New("what is mapped: it does not begin with a registry, such as docker.io")
	}
	return nil
}

// checkPrefix is for a host with the beginning of a path, which may end in a slash.
func checkPrefix(prefix string) error {
	if err := checkWhole(prefix); err != nil {
		return err
	}
	host, path, found := strings.Cut(strings.TrimSuffix(prefix, "/"), "/")
	if err := checkHost(host); err != nil {
		return err
	}
	if found && !pathForm.MatchString(path) {
		return errors.New("behind the host, it has no path of a repository (in lower case, without a tag)")
	}
	return nil
}

// checkWhole is for what people write in the place of a host.
func checkWhole(value string) error {
	switch {
	case value == "":
		return errors.New("it is empty")
	case strings.Contains(value, "://"):
		return errors.New("it has a scheme; leave it out, and name a registry without TLS with --insecure-registry")
	case strings.Contains(value, "@"):
		return errors.New("it has a user, a password or a digest in it; docker login keeps passwords")
	}
	return nil
}

func checkHost(host string) error {
	if host == "" {
		return errors.New("it has no host")
	}
	if _, err := name.NewRegistry(host); err != nil || !hostForm.MatchString(host) {
		return errors.New("its host is none")
	}
	return nil
}
