package hubsim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// visit asks the hub with a token for the repositories, and returns the answer with its body.
func visit(t *testing.T, h *Hub, method, url string, scopes ...string) (*http.Response, string) {
	t.Helper()
	token := ""
	if len(scopes) > 0 {
		address := "https://auth.docker.io/token?service=registry.docker.io"
		for _, s := range scopes {
			address += "&scope=repository:" + s + ":pull"
		}
		_, body := visit(t, h, http.MethodGet, address)
		var answer struct{ Token string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err)
		}
		token = answer.Token
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := h.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// TestHubTokens requires a token for each repository, one for several, and each request to be counted once.
func TestHubTokens(t *testing.T) {
	h := New(Options{Scopes: 2})
	const latest = "https://index.docker.io/v2/library/python/manifests/latest"
	answer, _ := visit(t, h, http.MethodHead, latest)
	if answer.StatusCode != 401 || !strings.Contains(answer.Header.Get("Www-Authenticate"), `realm="https://auth.docker.io/token"`) {
		t.Errorf("without a token: %s %s", answer.Status, answer.Header.Get("Www-Authenticate"))
	}
	if answer, _ = visit(t, h, http.MethodHead, latest, "library/node", "library/python"); answer.StatusCode != 200 {
		t.Errorf("with a token for two: %s", answer.Status)
	}
	if answer, _ = visit(t, h, http.MethodHead, latest, "library/node", "library/nginx", "library/python"); answer.StatusCode != 401 {
		t.Errorf("with a token that leaves it out: %s", answer.Status)
	}
	if got, want := h.Counts(), (Counts{Challenge: 2, Token: 2, Head: 1}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	if h.Reset(); h.Counts().Total() != 0 {
		t.Error("still counted after Reset")
	}
}

// TestHubManifests requires every digest to be that of its body, from the index down to the config.
func TestHubManifests(t *testing.T) {
	h := New(Options{})
	const base = "https://index.docker.io/v2/library/python/"
	answer, body := visit(t, h, http.MethodGet, base+"manifests/latest", "library/python")
	if answer.Header.Get("Docker-Content-Digest") != digestOf(body) || digestOf(body) != h.Digest("library/python", "3.14.7") {
		t.Errorf("digest %s of %s", answer.Header.Get("Docker-Content-Digest"), body)
	}
	if answer.Header.Get("Last-Modified") == "" {
		t.Error("no Last-Modified")
	}
	var index struct{ Manifests []struct{ Digest string } }
	if err := json.Unmarshal([]byte(body), &index); err != nil || len(index.Manifests) != 3 {
		t.Fatalf("%s: %v", body, err)
	}
	_, body = visit(t, h, http.MethodGet, base+"manifests/"+index.Manifests[0].Digest, "library/python")
	var manifest struct{ Config struct{ Digest string } }
	if err := json.Unmarshal([]byte(body), &manifest); err != nil || digestOf(body) != index.Manifests[0].Digest {
		t.Fatalf("%s: %v", body, err)
	}
	if _, body = visit(t, h, http.MethodGet, base+"blobs/"+manifest.Config.Digest, "library/python"); digestOf(body) != manifest.Config.Digest {
		t.Errorf("config %s", body)
	}
	if answer, _ = visit(t, New(Options{}), http.MethodHead, base+"manifests/"+index.Manifests[1].Digest, "library/python"); answer.StatusCode != 200 {
		t.Errorf("a manifest that nobody asked for before: %s", answer.Status)
	}
}

func digestOf(body string) string {
	h := sha256.Sum256([]byte(body))
	return "sha256:" + hex.EncodeToString(h[:])
}

// TestHubTags reads python's tags page by page, and from the middle.
func TestHubTags(t *testing.T) {
	h := New(Options{})
	pages, tags, next := 0, []string{}, "/v2/library/python/tags/list?n=5000"
	for next != "" {
		answer, body := visit(t, h, http.MethodGet, "https://index.docker.io"+next, "library/python")
		var page struct{ Tags []string }
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		pages, tags = pages+1, append(tags, page.Tags...)
		next, _, _ = strings.Cut(strings.TrimPrefix(answer.Header.Get("Link"), "<"), ">")
	}
	if pages != 4 || fmt.Sprint(tags) != fmt.Sprint(Repositories()["library/python"].Tags) {
		t.Errorf("%d tags in %d pages", len(tags), pages)
	}
	_, body := visit(t, h, http.MethodGet, "https://index.docker.io/v2/library/python/tags/list?last=3.12.&n=1", "library/python")
	if !strings.Contains(body, `["3.12.0"]`) {
		t.Errorf("behind 3.12.: %s", body)
	}
}

// TestHubFaults requires limits, faults and moved tags to show.
func TestHubFaults(t *testing.T) {
	h := New(Options{Pulls: 1, Fault: func(r *http.Request) int {
		if strings.Contains(r.URL.Path, "/redis/") {
			return 500
		}
		return 0
	}})
	const nginx = "https://index.docker.io/v2/library/nginx/manifests/"
	visit(t, h, http.MethodGet, nginx+"latest", "library/nginx")
	if answer, _ := visit(t, h, http.MethodGet, nginx+"latest", "library/nginx"); answer.StatusCode != 429 || answer.Header.Get("Retry-After") == "" {
		t.Errorf("the second pull: %s", answer.Status)
	}
	if answer, _ := visit(t, h, http.MethodHead, "https://index.docker.io/v2/library/redis/manifests/8", "library/redis"); answer.StatusCode != 500 {
		t.Errorf("redis: %s", answer.Status)
	}
	h.Move("library/nginx", "latest", "1.28.3")
	h.Move("library/nginx", "stable", "")
	if answer, _ := visit(t, h, http.MethodHead, nginx+"latest", "library/nginx"); answer.Header.Get("Docker-Content-Digest") != h.Digest("library/nginx", "1.28.3") {
		t.Error("latest did not move")
	}
	if answer, _ := visit(t, h, http.MethodHead, nginx+"stable", "library/nginx"); answer.StatusCode != 404 {
		t.Errorf("stable: %s", answer.Status)
	}
	if _, err := h.Transport().RoundTrip(must(http.NewRequest("GET", "https://example.com/", nil))); err == nil {
		t.Error("another host exists")
	}
}

func must(r *http.Request, _ error) *http.Request { return r }

// TestHubAPI reads the newest tags and one tag of the API, which sends 100 tags at most.
func TestHubAPI(t *testing.T) {
	h := New(Options{})
	_, body := visit(t, h, http.MethodGet, "https://hub.docker.com/v2/repositories/library/nginx/tags?page_size=1000&ordering=last_updated")
	var page apiPage
	if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Results) != 100 || page.Next == nil || page.Count < 1000 {
		t.Fatalf("%d of %d tags, %v", len(page.Results), page.Count, err)
	}
	_, body = visit(t, h, http.MethodGet, "https://hub.docker.com/v2/repositories/library/nginx/tags/1.31.4")
	var one apiTag
	if err := json.Unmarshal([]byte(body), &one); err != nil || one.Digest != h.Digest("library/nginx", "latest") || one.Pushed.IsZero() {
		t.Errorf("%s: %v", body, err)
	}
}
