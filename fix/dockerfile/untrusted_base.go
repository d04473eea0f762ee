package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

// UntrustedBase points out base images of publishers that nothing is known of.
var UntrustedBase = &fix.Rule{
	Name:  "untrusted-base",
	Title: "a base image from a publisher that is not known",
	Why: "A base image runs everything that its publisher put into it, and what they put into it tomorrow. The rule points out images that are run and that come from an account of Docker Hub, GitHub or Quay which is neither an official image, nor a project or company that dockfix knows, " +
		"nor the account for which the file itself builds. Every other registry is left alone: whoever uses one knows who runs it. A digest changes nothing about it: it keeps the bytes, and says not whose they are. Being pointed out says nothing bad about an image: only that somebody should have looked at how it is made.",
	Kind:    source.DockerfileKind,
	Aliases: []string{"DL3026"},
	Wants:   func(*source.Document) []fix.Want { return []fix.Want{fix.WantContexts, fix.WantLocal} },
	Check:   checkUntrustedBase,
}

func checkUntrustedBase(p *fix.Pass) {
	for _, s := range runBases(sharedRunStages(p)) {
		account, name, ok := accountOf(s.Ref)
		if !ok || s.From.Declined != "" || isKnownPublisher(account) || images.Lookup(s.Ref).Known || slices.Contains(ownAccounts(p.Doc, p.Facts), account) {
			continue
		}
		p.Report(fix.Finding{Span: s.Image.Span, Message: "the image is built on " + name + ", of whose publisher " + account + " nothing is known",
			Reason: "build on an official image or on one of a publisher you trust; or read how it is made"})
	}
}

// runBases are the stages at the bottom of those that are run, each once.
func runBases(runs []runStage) []*source.Stage {
	var list []*source.Stage
	for _, run := range runs {
		s := run.stage
		for s.Base != nil {
			s = s.Base
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// openRegistries are those where anyone can have an account.
var openRegistries = []string{"docker.io/", "index.docker.io/", "registry-1.docker.io/", "registry.hub.docker.com/", "ghcr.io/", "quay.io/"}

// accountOf is the account of a reference at a registry where anyone can have one, and its repository. It is not ok for an
// official image, and for any other registry.
func accountOf(ref string) (account, repository string, ok bool) {
	repository, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndexByte(repository, ':'); i > strings.LastIndexByte(repository, '/') {
		repository = repository[:i]
	}
	rest := repository
	for _, registry := range openRegistries {
		if after, found := strings.CutPrefix(rest, registry); found {
			rest = after
			break
		}
	}
	account, _, ok = strings.Cut(rest, "/")
	if !ok || account == "library" || strings.ContainsAny(account, ".:") || account == "localhost" {
		return "", "", false
	}
	return account, repository, true
}

// ownAccounts are those that the image is built for: of the image of the service that builds it, of the names of images that the
// Compose files build, of the other images of the file's labels.
func ownAccounts(doc *source.Document, facts *fix.Facts) []string {
	var list []string
	add := func(ref string) {
		if account, _, ok := accountOf(ref); ok {
			list = append(list, account)
		}
	}
	if facts != nil {
		for _, local := range facts.Local {
			add(local)
		}
		for _, c := range facts.Contexts {
			if c.Service == nil {
				continue
			}
			if f, ok := c.Service.Image(); ok && f.Node != nil {
				add(f.Node.Text())
			}
		}
	}
	for in := range instructions(doc, "LABEL", "MAINTAINER") {
		text := strings.ToLower(doc.Text(in.Span))
		for _, s := range doc.Dockerfile.Stages {
			if account, _, ok := accountOf(s.Ref); ok && len(account) > 2 && strings.Contains(text, strings.ToLower(account)) {
				list = append(list, account)
			}
		}
	}
	return list
}

// isKnownPublisher reports whether an account belongs to a project or company that is known by it.
func isKnownPublisher(account string) bool {
	return slices.Contains(publishers, account)
}

// publishers are accounts of Docker Hub, GitHub and Quay by which projects and companies publish their own images, as their
// documentation tells to pull them. They were written down from general knowledge: an account that is missing is pointed out needlessly; one is added
// only where the project itself names it. arm32v7 and its like are the official images of Docker for other processors.
var publishers = strings.Fields(`
	actions adoptopenjdk aerospike airbyte amazon amazonlinux anchore apache apachepulsar aquasec arangodb argoproj arm32v5 arm32v6 arm32v7 arm64v8 armhf
	artefactual astral-sh atlassian authelia aws-cli azul balena balenalib bitnami bitnamilegacy bitwarden browserless budibase buildkite calico camunda
	ceph certbot chainguard chromadb cilium cimg circleci clickhouse cloudflare cloudnative-pg codercom composer condaforge confluentinc continuumio
	coredns couchbase crowdsecurity cypress dagster dart daskdev databricksruntime datadog debezium denoland devcontainers directus docker dotnet drone
	dunglas eclipse elastic emqx envoyproxy falcosecurity fluent foundationdb getsentry gitea github gitlab gitpod gliderlabs gocd gogs goharbor golangci
	google graalvm gradle grafana graphhopper graylog haproxytech hashicorp hasura heroku hexpm home-assistant homeassistant i386 immich-app infiniflow
	influxdata istio jaegertracing jboss jellyfin jenkins jenkinsci jetbrains jitsi jupyter jupyterhub kasmweb keycloak kindest kong kubernetesui langfuse
	linkerd linuxkit linuxserver liquibase localstack maildev mailhog mambaorg manticoresearch matomo matrixdotorg mattermost mautic meilisearch metabase
	microsoft milvusdb minio mitmproxy moby mongodb mozilla mysql n8nio neo4j netboxcommunity netdata newrelic nginx nginxinc nginxproxy nixos nodered
	nodesource nvidia ocaml odoo ollama open-telemetry open-webui openapitools opencloudos openfaas openjdk openmrs openpolicyagent openresty
	opensearchproject openshift opensuse opentelemetry openvino openzipkin oracle oryd owasp owncloud paketobuildpacks pandoc percona pgvector phpmyadmin
	phusion pihole plexinc portainer postgis postgrest prestashop prom prometheus prometheus-operator prometheuscommunity pulumi puppet pypa pytorch qdrant
	quarkus questdb rancher rapidsai rasa rayproject redhat redis redislabs redpandadata renovate rocker rockylinux rocm rstudio salesforce scrapinghub
	selenium semaphoreui semgrep sentry serversideup sigstore sitespeedio smallstep snyk soketi sonarsource sonatype sourcegraph spiffe splunk strapi
	supabase surrealdb swaggerapi swiftlang syncthing tarantool temporalio tensorflow theiaide thingsboard timescale traefik travisci trinodb typesense
	ubuntu unleashorg valkey vaultwarden vectorized verdaccio victoriametrics vllm vmware weaveworks webdevops wiremock yandex yugabytedb zabbix zaproxy`)
