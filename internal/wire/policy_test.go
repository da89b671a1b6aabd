package wire

import (
	"strings"
	"testing"
	"time"
)

// TestAE12_ScanPolicy: the times are read, have defaults and bounds, and what is
// wrong is said with its field.
func TestAE12_ScanPolicy(t *testing.T) {
	for _, c := range []struct {
		text        string
		files, live time.Duration
		err         string
	}{
		{text: "", files: 30 * time.Second, live: time.Second},
		{text: "scan: {files: 5}", files: 5 * time.Second, live: time.Second},
		{text: "scan: {files: 3600, live: 60}", files: time.Hour, live: time.Minute},
		{text: "scan: {files: 0, live: 0}", files: 30 * time.Second, live: time.Second},
		{text: "scan: {files: 3601}", err: "scan.files: 3601"},
		{text: "scan: {files: -1}", err: "scan.files: -1"},
		{text: "scan: {live: 61}", err: "scan.live: 61"},
		{text: "scan: {interval: 5}", err: "interval"},
		{text: "scan: {files: often}", err: "often"},
	} {
		p, err := ParsePolicy("policy.yaml", []byte(c.text))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.HasPrefix(err.Error(), "policy.yaml") {
				t.Errorf("%q: %v, want it to name %q", c.text, err, c.err)
			}
			continue
		}
		if files, live := p.Scan.Times(); err != nil || files != c.files || live != c.live {
			t.Errorf("%q: %v and %v, %v", c.text, files, live, err)
		}
	}
}
