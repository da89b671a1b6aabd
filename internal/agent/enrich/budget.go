package enrich

import (
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// budget allows so many of something a second, by the time of the events.
type budget struct {
	most, perSecond float64
	left            float64
	at              event.Time
}

// rest returns how many are allowed now.
func (b *budget) rest(now event.Time) float64 {
	switch {
	case b.at == 0:
		b.left, b.at = b.most, now
	case now > b.at:
		b.left, b.at = min(b.most, b.left+b.perSecond*time.Duration(now-b.at).Seconds()), now
	default:
		b.at = now // the clock may have gone back
	}
	return b.left
}

// take reports whether n more are allowed now, and counts them.
func (b *budget) take(now event.Time, n float64) bool {
	if b.rest(now) < n {
		return false
	}
	b.left -= n
	return true
}
