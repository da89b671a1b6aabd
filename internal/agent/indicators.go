package agent

import (
	"fmt"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/wire"
)

// IndicatorStatus says which indicators of compromise are in force.
type IndicatorStatus struct {
	Loaded  int      `json:"loaded"`
	Version int64    `json:"version,omitempty"` // of the manager's; 0: those of the own folder
	Refused []string `json:"refused,omitempty"` // what of the own folder cannot be used
}

// sources are what finds matches beside the rules.
func (d *detector) sources() []detect.Source {
	if d.iocs == nil {
		return nil
	}
	return []detect.Source{d.iocs}
}

// indicators takes a part of a change that the manager sent.
func (d *detector) indicators(version int64, part wire.IOCs) (done bool, err error) {
	done, err = d.iocs.Apply(version, part)
	if done {
		d.mu.Lock()
		d.badIOCs = nil
		d.mu.Unlock()
		stats, _ := d.iocs.Stats()
		d.log.Info("indicators are in force", "source", "manager", "version", version, "indicators", stats.Indicators)
	}
	return done, err
}

// loadIndicators puts those of the own folder in force, when they changed and
// the manager sent none. Single ones that cannot be used are told and left out;
// a file that is not whole leaves what was in force.
func (d *detector) loadIndicators(folder string) error {
	results, err := d.iocs.Load(folder)
	if err != nil {
		d.mu.Lock()
		d.badIOCs = []string{err.Error()}
		d.mu.Unlock()
		return fmt.Errorf("indicators are refused, those before stay in force: %w", err)
	}
	if results == nil {
		return nil
	}
	var bad []string
	taken, refused := 0, 0
	for _, r := range results {
		taken, refused = taken+r.Taken, refused+r.Refused
		for _, p := range r.Problems {
			if len(bad) < maxRefused {
				bad = append(bad, p.Error())
			}
		}
	}
	d.mu.Lock()
	d.badIOCs = bad
	d.mu.Unlock()
	d.log.Info("indicators are in force", "source", folder, "indicators", taken, "refused", refused)
	return nil
}

func (d *detector) indicatorStatus() IndicatorStatus {
	var s IndicatorStatus
	if d.iocs == nil {
		return s
	}
	stats, _ := d.iocs.Stats()
	s.Loaded, s.Version, s.Refused = stats.Indicators, d.iocs.Version(), d.badIOCs
	return s
}
