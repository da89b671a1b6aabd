package record

import (
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// stamps are the names under which programs write when something happened,
// the most exact first.
func stamps() [8]string {
	return [...]string{"TimeCreated_SystemTime", "@timestamp", "TimeCreated", "UtcTime", "EventTime", "timestamp", "time", "info.utc_time"}
}

// stamp returns the time of the record by the first of stamps that is one.
func (r *Record) stamp() event.Time {
	for _, name := range stamps() {
		for i, n := range r.Log.Names {
			if n != name {
				continue
			}
			if at := ParseTime(r.Log.Values[i]); at != 0 {
				return at
			}
		}
	}
	return 0
}

// ParseTime reads a time as programs write it: RFC 3339 with a space or a T,
// without a zone in UTC, or seconds, milliseconds or nanoseconds since 1970.
// What is none is 0.
func ParseTime(text string) event.Time {
	if len(text) < 8 || len(text) > 40 {
		return 0
	}
	if strings.IndexByte(text, '-') < 0 {
		return Seconds(text)
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700"} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() > 1677 && at.Year() < 2262 {
			return event.At(at)
		}
	}
	return 0
}

// Seconds reads seconds since 1970 with a fraction; larger numbers are
// milliseconds, microseconds or nanoseconds. What is none is absent.
func Seconds(text string) event.Time {
	whole, part, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	if part == "" {
		unit := int64(1e9)
		for limit := int64(9e9); unit > 1 && n > limit; limit *= 1000 {
			unit /= 1000
		}
		return event.Time(n * unit)
	}
	frac, err := strconv.ParseUint((part + "000000000")[:9], 10, 64)
	if err != nil || n > 9e9 {
		return 0
	}
	return event.Time(n*1e9 + int64(frac))
}
