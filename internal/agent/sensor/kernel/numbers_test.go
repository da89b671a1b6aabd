package kernel

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// TestNumbersOfTheObjects: the objects know sensors and kinds of events by the
// numbers that they have here, and no number has two names. That of a sensor
// stands in the one list.
func TestNumbersOfTheObjects(t *testing.T) {
	if os.Getenv("VEDETTE_GUEST") == "1" {
		t.Skip("SKIPPED: reads sources, which the guest has not")
	}
	sources, err := filepath.Glob("../*/*.[ch]")
	if err != nil {
		t.Fatal(err)
	}
	header := filepath.Join("bpf", "vedette.h")
	sources = append(sources, header)
	kinds := map[string]event.Kind{}
	for _, k := range event.Kinds() {
		kinds[strings.ToUpper(k.String())] = k
	}
	constant := regexp.MustCompile(`\b([A-Z][A-Z0-9_]+) = (\d+)\b`)
	sensors, seen := map[int]bool{}, 0
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			if name, ok := strings.CutPrefix(m[1], "SENSOR_"); ok {
				if path != header {
					t.Errorf("%s: %s stands beside the one list", path, m[0])
				}
				if strings.ToLower(name) != sensorName(n) || sensors[n] {
					t.Errorf("%s: %s is %s here", path, m[0], sensorName(n))
				}
				sensors[n] = true
			}
			if k, ok := kinds[m[1]]; ok {
				seen++
				if k != event.Kind(n) {
					t.Errorf("%s: %s is %d here", path, m[0], k)
				}
			}
		}
	}
	if len(sensors) != Trace || seen < 30 {
		t.Errorf("%d sensors and %d kinds were compared", len(sensors), seen)
	}
}
