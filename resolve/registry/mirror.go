package registry

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// hubName is what package name and Docker's configuration call Docker Hub. hubHost is where the Docker engine asks it,
// and thus the host that firewalls let through; it answers like index.docker.io.
const (
	hubName = name.DefaultRegistry
	hubHost = "registry-1.docker.io"
)

// mapped is the repository that is asked in the place of another: that of the longest prefix of whole path elements.
func mapped(mirrors map[string]string, repo name.Repository) (name.Repository, error) {
	full, best, target := repo.Name(), -1, ""
	for from, to := range mirrors {
		from = canonical(from)
		if len(from) > best && (full == from || strings.HasPrefix(full, from+"/")) {
			best, target = len(from), strings.TrimSuffix(to, "/")
		}
	}
	if best < 0 {
		return repo, nil
	}
	host, path, _ := strings.Cut(target+full[best:], "/")
	registry, err := name.NewRegistry(host)
	if err != nil || host == "" {
		return repo, broken("is to be looked up at %q, which is no registry", target)
	}
	return registry.Repo(path), nil
}

// canonical is a prefix as package name spells it: index.docker.io/library.
func canonical(prefix string) string {
	host, path, found := strings.Cut(strings.TrimSuffix(prefix, "/"), "/")
	if host == "docker.io" || host == hubHost {
		host = hubName
	}
	if !found {
		return host
	}
	return host + "/" + path
}
