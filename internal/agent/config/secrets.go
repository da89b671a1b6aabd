package config

import (
	"fmt"
	"log/slog"
	"os"
	"syscall"

	"github.com/vedette-edr/vedette/internal/schema"
)

// hidden stands for a secret wherever it could be read.
const hidden = "(secret)"

// Secret is a text that never shows in logs, errors or printed configuration.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Secrets is the content of the secrets file.
type Secrets struct {
	WebhookURL   Secret `yaml:"webhook_url" json:"webhook_url,omitempty" doc:"Address that alerts are posted to, when it holds a secret."`
	WebhookToken Secret `yaml:"webhook_token" json:"webhook_token,omitempty" doc:"Sent to the webhook as Authorization: Bearer."`
}

// readSecrets reads a secrets file. Nobody but its owner may read it, and the
// owner must be root or the user that the agent runs as.
func readSecrets(path string) (Secrets, error) {
	var s Secrets
	i, err := os.Lstat(path)
	if err != nil {
		return s, fmt.Errorf("read secrets: %w", err)
	}
	if !i.Mode().IsRegular() {
		return s, fmt.Errorf("%s: not a plain file", path)
	}
	if i.Mode().Perm()&0o077 != 0 {
		return s, fmt.Errorf("%s: mode %04o lets others read the secrets: run chmod 600 %s", path, i.Mode().Perm(), path)
	}
	if st, ok := i.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return s, fmt.Errorf("%s: belongs to user %d: run chown root %s", path, st.Uid, path)
	}
	text, err := readLimited(path, path)
	if err != nil {
		return s, fmt.Errorf("read secrets: %w", err)
	}
	return s, hideValues(path, schema.Decode(path, text, &s))
}

// hideValues keeps the text of a secrets file out of an error: only the line
// is told.
func hideValues(path string, err error) error {
	if err == nil {
		return nil
	}
	var line int
	if _, scanErr := fmt.Sscanf(err.Error()[len(path):], ":%d:", &line); scanErr == nil {
		return fmt.Errorf("%s:%d: not a known key with a text: known are webhook_url and webhook_token", path, line)
	}
	return fmt.Errorf("%s: not a list of keys with texts", path)
}
