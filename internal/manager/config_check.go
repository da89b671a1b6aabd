package manager

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"

	"github.com/vedette-edr/vedette/internal/schema"
	"github.com/vedette-edr/vedette/internal/wire"
)

// Bounds of the configuration.
const (
	maxDays  = 36500 // a hundred years, which a time.Duration still holds
	minQueue = 64 << 20
)

// Check reports every value that cannot be used, as schema.FieldErrors.
func (c Config) Check() error {
	var errs []error
	wrong := func(field, format string, args ...any) {
		errs = append(errs, schema.Wrong(field, format, args...))
	}
	if !filepath.IsAbs(c.DataDir) {
		wrong("data_dir", "%q is not an absolute path", c.DataDir)
	}
	if c.RulesDir != "" && !filepath.IsAbs(c.RulesDir) {
		wrong("rules_dir", "%q is not an absolute path", c.RulesDir)
	}
	if !listenable(c.People.Listen) {
		wrong("people.listen", "%q is no address:port, for example 127.0.0.1:8443", c.People.Listen)
	}
	if !listenable(c.Agents.Listen) {
		wrong("agents.listen", "%q is no address:port, for example 127.0.0.1:8444", c.Agents.Listen)
	}
	for i, addr := range c.Agents.Addresses {
		if wire.CheckAddresses([]string{addr}) != nil {
			wrong(fmt.Sprintf("agents.addresses[%d]", i), "%.64q is no address:port", addr)
		}
	}
	if len(c.Agents.Addresses) > 0 && errs == nil {
		if err := wire.CheckAddresses(c.Agents.Addresses); err != nil {
			wrong("agents.addresses", "%v", err)
		}
	}
	if c.Retention.Bytes < 0 {
		wrong("retention.bytes", "%d is negative (0 is no bound)", c.Retention.Bytes)
	}
	if c.Retention.Days < 0 || c.Retention.Days > maxDays {
		wrong("retention.days", "%d is not between 0 and %d (0 is no bound)", c.Retention.Days, maxDays)
	}
	if c.Log.Bytes < minQueue {
		wrong("log.bytes", "%d is less than 64 MiB", c.Log.Bytes)
	}
	return errors.Join(errs...)
}

// listenable reports whether addr is address:port; no address is all of the
// machine's.
func listenable(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}
