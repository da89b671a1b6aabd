package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"
)

// settle is how long files must stay as they are before they are read again.
const settle = 300 * time.Millisecond

// watchFiles begins to watch the configuration and the rules. It comes before
// they are read, so that no change falls between.
func (a *Agent) watchFiles(s Settings) {
	folders := map[string]bool{}
	for _, path := range []string{s.File, s.SecretsFile} {
		if path != "" {
			folders[filepath.Dir(path)] = true
		}
	}
	for _, dir := range []string{s.RulesDir, s.IOCDir} {
		if dir != "" {
			folders[dir] = true
		}
	}
	var err error
	if a.watcher, err = newWatcher(slices.Collect(maps.Keys(folders))); err != nil {
		a.deps.Log.Warn("files are not watched: run `vedette agent reload` after a change", "error", err)
	}
}

// watch reads configuration and rules again when their files change or when it
// is asked to, until ctx is done.
func (a *Agent) watch(ctx context.Context) error {
	var changed <-chan struct{} // nil never tells
	if a.watcher != nil {
		changed = a.watcher.changed
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.deps.Asked:
		case <-changed:
			if !quiet(ctx, changed) {
				return nil
			}
		}
		if err := a.reload(ctx); err != nil {
			a.deps.Log.Error("changed files are not taken; what was in force stays", "error", err)
		}
	}
}

// quiet waits until nothing has changed for a moment; false when ctx is done.
func quiet(ctx context.Context, changed <-chan struct{}) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		case <-time.After(settle):
			return true
		}
	}
}

// reload reads configuration and rules again, and looks whether the agent was
// enrolled. What cannot be used leaves what was in force; the error tells it.
func (a *Agent) reload(context.Context) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	s := a.settings.Load()
	var errs []error
	if a.deps.Reload != nil {
		next, err := a.deps.Reload()
		if err != nil {
			return fmt.Errorf("configuration is refused: %w", err)
		}
		if err := a.notifier.SetWebhook(webhook(next)); err != nil {
			return fmt.Errorf("configuration is refused: %w", err)
		}
		s = &next
		a.settings.Store(s)
	}
	errs = append(errs, a.link.connect())
	policy, rules := a.link.managed()
	if !policy {
		errs = append(errs, a.apply(s.Policy))
	}
	if !rules {
		errs = append(errs, a.detect.standalone(s.RulesDir, s.ShippedRules))
	}
	errs = append(errs, a.detect.loadIndicators(s.IOCDir))
	return errors.Join(errs...)
}
