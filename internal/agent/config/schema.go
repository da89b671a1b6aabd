package config

import (
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/schema"
)

// Schema returns the JSON Schema of the configuration file.
func Schema() ([]byte, error) { return schema.Text("Vedette agent", Default(), docOf) }

// SecretsSchema returns the JSON Schema of the secrets file.
func SecretsSchema() ([]byte, error) { return schema.Text("Vedette agent secrets", Secrets{}, docOf) }

// Show returns the effective configuration as YAML; where a value does not
// come from the default, a comment says from where. Secrets are hidden.
func (l Loaded) Show() ([]byte, error) {
	c := l.Public()
	comments := yaml.CommentMap{}
	for path, from := range l.From {
		comments["$."+path] = []*yaml.Comment{yaml.LineComment(" " + from)}
	}
	return yaml.MarshalWithOptions(c, yaml.WithComment(comments))
}

// Public returns the configuration without what could be a secret.
func (l Loaded) Public() Config {
	c := l.Config
	if c.Alerts.Webhook.URL != "" {
		c.Alerts.Webhook.URL = hideAddress(c.Alerts.Webhook.URL)
	}
	return c
}

// hideAddress keeps the scheme and host of an address.
func hideAddress(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return hidden
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = rest[i+1:]
	}
	host, _, cut := strings.Cut(rest, "/")
	if cut {
		host += "/" + hidden
	}
	return scheme + "://" + host
}
