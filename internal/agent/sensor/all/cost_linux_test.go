package all_test

import (
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/all"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// TestCost prints what sensing costs while the command in VEDETTE_LOAD runs: a
// tool for those who change a program, not a check. The command runs in turns
// without and with sensors; VEDETTE_SENSORS names those that run (all).
func TestCost(t *testing.T) {
	load := os.Getenv("VEDETTE_LOAD")
	if load == "" {
		t.Skip("SKIPPED: measures; set VEDETTE_LOAD to a command, in the sandbox")
	}
	scope := sensortest.Scope(t)
	if os.Getenv("VEDETTE_STATS") != "" { // they cost something themselves
		stats, err := ebpf.EnableStats(uint32(unix.BPF_STATS_RUN_TIME))
		if err != nil {
			t.Fatal(err)
		}
		defer stats.Close()
	}
	rounds, _ := strconv.Atoi(os.Getenv("VEDETTE_ROUNDS"))
	var off, on, own []time.Duration
	for i := range max(rounds, 1) {
		for j := range 2 {
			if (i+j)%2 == 0 {
				off = append(off, run(t, load))
				continue
			}
			acting, agent := with(t, scope, load, i == max(rounds, 1)-1)
			on, own = append(on, acting), append(own, agent)
		}
	}
	base := median(off)
	fmt.Printf("acting: %v without, %v with sensors: %+.2f %%; agent %v: %+.2f %%\n", base, median(on),
		100*(float64(median(on))/float64(base)-1), median(own), 100*float64(median(own))/float64(base))
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

// run returns the CPU time of the command and its children.
func run(t *testing.T, load string) time.Duration {
	c := osexec.Command("/bin/sh", "-c", load)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", load, err, out)
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
}

func with(t *testing.T, scope *os.File, load string, tell bool) (acting, agent time.Duration) {
	k, err := kernel.Open(kernel.Options{Scope: scope})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	var count atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	var wg, took sync.WaitGroup
	names := os.Getenv("VEDETTE_SENSORS")
	for _, s := range all.Sensors(all.Options{Kernel: k}) {
		if names != "" && !strings.Contains(names, s.Spec().Name) {
			continue
		}
		took.Add(1)
		wg.Go(func() {
			_ = s.Run(ctx, func(e *event.Event) {
				if e.Kind == event.AgentSensor {
					took.Done()
					return
				}
				count.Add(1)
			})
		})
	}
	took.Wait()
	before := usage()
	acting = run(t, load)
	k.Drain()
	agent = usage() - before
	if tell {
		fmt.Printf("%d events, own cpu %v = %v per event\n", count.Load(), agent, agent/time.Duration(max(count.Load(), 1)))
		for name, c := range k.Costs() {
			if c.Runs > 0 {
				fmt.Printf("%-14s %8d runs %6v each %v\n", name, c.Runs, c.Time/time.Duration(c.Runs), c.Time)
			}
		}
		losses, err := k.Losses()
		if err != nil {
			t.Error(err)
		}
		fmt.Println("losses", losses)
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(string(status)) {
			if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "RssAnon") {
				fmt.Print(line)
			}
		}
	}
	cancel()
	wg.Wait()
	return acting, agent
}

func usage() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
