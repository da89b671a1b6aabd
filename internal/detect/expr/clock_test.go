package expr

import (
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestUnits(t *testing.T) {
	rec := &event.Event{
		Kind: event.LogRecord, Time: event.At(time.Date(2026, 12, 31, 23, 5, 0, 0, time.UTC)),
		Log: &event.Log{
			Names:  []string{"UtcTime", "zone", "day", "text", "none"},
			Values: []string{"2019-03-02 08:00:00.008", "2026-01-01T00:30:00.5+05:00", "2024-02-29", "yesterday at 8", ""},
		},
	}
	for text, want := range map[string]bool{
		"hour(@timestamp) = 23":                                true,
		"hour(@timestamp) in (22, 23)":                         true,
		"hour(@timestamp) >= 22":                               true,
		"hour(@timestamp) < 22":                                false,
		"minute(@timestamp) = 5":                               true,
		"day(@timestamp) = 31":                                 true,
		"month(@timestamp) = 12":                               true,
		"year(@timestamp) = 2026":                              true,
		"week(@timestamp) = 53":                                true,
		"hour(log.data.UtcTime) = 8":                           true,
		"minute(log.data.UtcTime) = 0":                         true, // zero is there
		"hour(log.data.UtcTime) exists":                        true,
		"hour(log.data.zone) = 0":                              true, // as written
		"year(log.data.zone) = 2026":                           true,
		"hour(log.data.day) = 0":                               true,
		"day(log.data.day) = 29":                               true,
		"hour(log.data.text) exists":                           false,
		"hour(log.data.none) exists":                           false,
		"hour(log.data.absent) = 0":                            false,
		"not hour(log.data.absent) = 0":                        true,
		"hour(log.data.UtcTime) != 8":                          false,
		"hour( log.data.UtcTime ) = 8":                         true,
		"hour(log.data.UtcTime) = field day(log.data.UtcTime)": false,
		"HOUR(`log.data.UtcTime`) = 8":                         true,
	} {
		x, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := x.Match(rec); got != want {
			t.Errorf("%s is %v", text, got)
		}
		again, err := Parse(x.String())
		if err != nil || again.String() != x.String() || again.Match(rec) != want {
			t.Errorf("%s: printed as %s, %v", text, x, err)
		}
	}
	for text, part := range map[string]string{
		"hour(any) = 1":              "no field with a time",
		"hour(process.pid) = 1":      "holds no time",
		"hour(@timestamp = 1":        "not closed",
		"hour(hour(@timestamp)) = 1": "is no field with a time",
		"hour(nothing.there) = 1":    "unknown field",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: got %v, want %q", text, err, part)
		}
	}
}
