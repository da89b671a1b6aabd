// Package all is the list of the sensors of each operating system.
package all

import (
	"log/slog"
	"slices"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/accounts"
	"github.com/vedette-edr/vedette/internal/agent/sensor/auditlog"
	"github.com/vedette-edr/vedette/internal/agent/sensor/auth"
	"github.com/vedette-edr/vedette/internal/agent/sensor/calls"
	"github.com/vedette-edr/vedette/internal/agent/sensor/devices"
	"github.com/vedette-edr/vedette/internal/agent/sensor/dns"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/fanotify"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/firewall"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/library"
	"github.com/vedette-edr/vedette/internal/agent/sensor/logs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/net"
	"github.com/vedette-edr/vedette/internal/agent/sensor/packages"
	"github.com/vedette-edr/vedette/internal/agent/sensor/polled"
	"github.com/vedette-edr/vedette/internal/agent/sensor/script"
	"github.com/vedette-edr/vedette/internal/agent/sensor/services"
	"github.com/vedette-edr/vedette/internal/agent/sensor/settings"
	"github.com/vedette-edr/vedette/internal/agent/sensor/shell"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sysctl"
	"github.com/vedette-edr/vedette/internal/agent/sensor/tasks"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensors need.
type Options struct {
	Kernel *kernel.Kernel  // nil when it could not be opened
	Reason error           // why Kernel is nil
	Proc   string          // where proc is mounted; "" is /proc
	State  string          // folder where sensors keep what they must know after a restart; "" is nowhere
	Scope  string          // cgroup directory outside of which nothing is seen; "" is the whole host
	Watch  *fanotify.Watch // files whose opening is told where the kernel's sensors cannot; nil is none
	Logs   []logs.Source   // logs whose records are told; nil is what the host has
	Audit  string          // audit log that is a source of events where the kernel gives none; "" is auditd's own
	Files  *sensor.Pace    // between looks at all files of the configuration; nil is 30 s
	Live   *sensor.Pace    // between scans of processes, sockets and modules, where the kernel tells nothing; nil is 1 s
	Now    func() event.Time
	Log    *slog.Logger
}

// Sensors returns the sensors.
func Sensors(o Options) []sensor.Sensor {
	audit := auditlog.Options{Path: o.Audit, Proc: o.Proc, Scope: o.Scope, Log: o.Log}
	list := []sensor.Sensor{
		exec.New(exec.Options{
			Kernel: o.Kernel, Reason: o.Reason, Now: o.Now,
			Lower: append([]sensor.Source{auditlog.Exec(audit)}, exec.Lower(exec.PollOptions{Proc: o.Proc, Scope: o.Scope, Interval: o.Live})...),
		}),
		file.New(file.Options{
			Kernel: o.Kernel, Reason: o.Reason, Now: o.Now, Log: o.Log,
			Lower: []sensor.Source{fanotify.File(fanotify.Options{Proc: o.Proc, Scope: o.Scope, Watch: o.Watch, Log: o.Log}), auditlog.File(audit)},
		}),
		net.New(net.Options{
			Kernel: o.Kernel, Reason: o.Reason, Now: o.Now,
			Lower: append([]sensor.Source{auditlog.Net(audit)}, net.Lower(net.PollOptions{Proc: o.Proc, Scope: o.Scope, Interval: o.Live})...),
		}),
		logs.New(logs.Options{Sources: o.Logs, State: o.State, Proc: o.Proc, Scope: o.Scope, Log: o.Log}),
		calls.New(calls.Options{
			Kernel: o.Kernel, Reason: o.Reason, Now: o.Now,
			Lower: []sensor.Source{polled.Calls(polled.Options{Proc: o.Proc, Scope: o.Scope, Every: o.Live, Now: o.Now})},
		}),
		dns.New(dns.Options{Kernel: o.Kernel, Reason: o.Reason, Proc: o.Proc, Scope: o.Scope, Now: o.Now, Log: o.Log}),
		auth.New(auth.Options{Kernel: o.Kernel, Reason: o.Reason, Proc: o.Proc, State: o.State, Now: o.Now, Log: o.Log}),
		accounts.New(accounts.Options{State: o.State, Proc: o.Proc, Every: o.Files, Now: o.Now, Log: o.Log}),
		tasks.New(tasks.Options{State: o.State, Proc: o.Proc, Every: o.Files, Now: o.Now, Log: o.Log}),
		settings.New(settings.Options{State: o.State, Proc: o.Proc, Every: o.Files, Now: o.Now, Log: o.Log}),
		sysctl.New(sysctl.Options{Kernel: o.Kernel, Reason: o.Reason, Now: o.Now}),
		firewall.New(firewall.Options{Proc: o.Proc, Now: o.Now}),
		devices.New(devices.Options{Proc: o.Proc, Now: o.Now}),
		packages.New(packages.Options{State: o.State, Proc: o.Proc, Every: o.Files, Now: o.Now, Log: o.Log}),
		services.New(services.Options{State: o.State, Proc: o.Proc, Every: o.Files, Now: o.Now, Log: o.Log}),
		script.New(script.Options{Proc: o.Proc, Now: o.Now}),
		shell.New(shell.Options{Kernel: o.Kernel, Reason: o.Reason, Proc: o.Proc, State: o.State, Now: o.Now}),
		library.New(library.Options{Kernel: o.Kernel, Reason: o.Reason, Proc: o.Proc, Now: o.Now}),
	}
	if o.Scope != "" && len(o.Logs) == 0 {
		// The logs of the host are not those of a scope, and a sensor without a
		// source would call the host blind.
		list = slices.DeleteFunc(list, func(s sensor.Sensor) bool { return s.Spec().Name == "logs" })
	}
	return list
}
