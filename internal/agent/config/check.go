package config

import (
	"math/bits"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/schema"
)

// Bounds of the ring buffer, bytes: a page, and what the kernel can still take
// in one piece.
const (
	minRing = 4 << 10
	maxRing = 1 << 30
)

// Check reports the first value that cannot be used, as a schema.FieldError.
func (c Config) Check() error {
	for _, check := range []func() error{c.checkPaths, c.Alerts.check, c.checkAmounts} {
		if err := check(); err != nil {
			return err
		}
	}
	if err := checkLogs(c.Logs); err != nil {
		return err
	}
	return schema.Below("policy", c.Policy.Check())
}

func (c Config) checkPaths() error {
	if c.StateDir == "" {
		return schema.Wrong("state_dir", "is empty: name a folder")
	}
	for _, p := range []struct{ field, path string }{
		{"state_dir", c.StateDir}, {"scope", c.Scope}, {"rules_dir", c.RulesDir}, {"iocs_dir", c.IOCDir}, {"secrets_file", c.SecretsFile},
		{"alerts.dir", c.Alerts.Dir}, {"alerts.journal", c.Alerts.Journal}, {"alerts.webhook.ca_file", c.Alerts.Webhook.CAFile},
	} {
		if p.path != "" && !filepath.IsAbs(p.path) {
			return schema.Wrong(p.field, "%q is not an absolute path", p.path)
		}
	}
	return nil
}

func (a Alerts) check() error {
	switch {
	case !slices.Contains([]string{"standalone", "always"}, a.When):
		return schema.Wrong("alerts.when", "%q is neither standalone nor always", a.When)
	case !slices.Contains(Levels(), a.MinLevel):
		return schema.Wrong("alerts.min_level", "%q is none of %s", a.MinLevel, strings.Join(Levels(), ", "))
	case a.MaxSize < 4096:
		return schema.Wrong("alerts.max_size", "less than 4096 bytes")
	case a.Keep < 1:
		return schema.Wrong("alerts.keep", "less than 1")
	}
	if address := a.Webhook.URL; address != "" { // which may hold a secret: it is not told
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return schema.Wrong("alerts.webhook.url", "is no address like https://host/path")
		}
	}
	return nil
}

func (c Config) checkAmounts() error {
	switch ring := c.Kernel.RingSize; {
	case c.Queue.MaxEvents < 64:
		return schema.Wrong("queue.max_events", "less than 64")
	case c.Queue.MaxSize < 1<<16:
		return schema.Wrong("queue.max_size", "less than 65536 bytes")
	case ring != 0 && (ring < 0 || bits.OnesCount(uint(ring)) != 1):
		return schema.Wrong("kernel.ring_size", "%d is not a power of two", ring)
	case ring != 0 && (ring < minRing || ring > maxRing):
		return schema.Wrong("kernel.ring_size", "%d is not between %d and %d bytes (0 is chosen by the agent)", ring, minRing, maxRing)
	}
	return nil
}
