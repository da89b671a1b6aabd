package services

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/event"
)

// Names of systemd on the bus.
const (
	systemd   = "org.freedesktop.systemd1"
	rootPath  = "/org/freedesktop/systemd1"
	manager   = "org.freedesktop.systemd1.Manager"
	unitIface = "org.freedesktop.systemd1.Unit"
	jobIface  = "org.freedesktop.systemd1.Job"
	whole     = "systemd" // change.name of what concerns no single unit
)

// shape says where a call names what it is about.
type shape uint8

const (
	wholeShape shape = iota // the manager itself
	unitShape               // the first argument is a unit
	jobShape                // as unitShape, and the answer is a job
	listShape               // the first argument is a list of units
	typedShape              // unit, then the type of a job
)

// operation is a method of systemd that changes what runs.
type operation struct {
	name  string // service.operation
	shape shape
}

// operations are the methods of the manager.
func operations() map[string]operation {
	return map[string]operation{
		"StartUnit": {"start", jobShape}, "StartUnitWithFlags": {"start", jobShape}, "StartUnitReplace": {"start", jobShape},
		"StartTransientUnit": {"start", jobShape}, "StopUnit": {"stop", jobShape},
		"RestartUnit": {"restart", jobShape}, "TryRestartUnit": {"restart", jobShape},
		"ReloadUnit": {"reload", jobShape}, "ReloadOrRestartUnit": {"reload", jobShape}, "ReloadOrTryRestartUnit": {"reload", jobShape},
		"EnqueueUnitJob": {"", typedShape},
		"KillUnit":       {"kill", unitShape}, "QueueSignalUnit": {"kill", unitShape}, "KillUnitSubgroup": {"kill", unitShape},
		"FreezeUnit": {"freeze", unitShape}, "ThawUnit": {"thaw", unitShape},
		"CleanUnit": {"clean", unitShape}, "SetUnitProperties": {"set-property", unitShape},
		"BindMountUnit": {"bind", unitShape}, "MountImageUnit": {"mount-image", unitShape}, "AttachProcessesToUnit": {"attach", unitShape},
		"EnableUnitFiles": {"enable", listShape}, "EnableUnitFilesWithFlags": {"enable", listShape},
		"ReenableUnitFiles": {"enable", listShape}, "LinkUnitFiles": {"link", listShape},
		"PresetUnitFiles": {"preset", listShape}, "PresetUnitFilesWithMode": {"preset", listShape},
		"DisableUnitFiles": {"disable", listShape}, "DisableUnitFilesWithFlags": {"disable", listShape},
		"DisableUnitFilesWithFlagsAndInstallInfo": {"disable", listShape},
		"MaskUnitFiles": {"mask", listShape}, "UnmaskUnitFiles": {"unmask", listShape}, "RevertUnitFiles": {"revert", listShape},
		"AddDependencyUnitFiles": {"add-dependency", listShape}, "SetDefaultTarget": {"set-default", unitShape},
		"Reload": {"daemon-reload", wholeShape}, "Reexecute": {"daemon-reexec", wholeShape},
		"SetEnvironment": {"set-environment", wholeShape}, "UnsetAndSetEnvironment": {"set-environment", wholeShape},
	}
}

// unitOperations are the methods of the object of a unit.
func unitOperations() map[string]operation {
	return map[string]operation{
		"Start": {"start", jobShape}, "Stop": {"stop", jobShape}, "Restart": {"restart", jobShape}, "TryRestart": {"restart", jobShape},
		"Reload": {"reload", jobShape}, "ReloadOrRestart": {"reload", jobShape}, "ReloadOrTryRestart": {"reload", jobShape},
		"EnqueueJob": {"", typedShape}, "Kill": {"kill", unitShape}, "KillSubgroup": {"kill", unitShape}, "QueueSignal": {"kill", unitShape},
		"Freeze": {"freeze", unitShape}, "Thaw": {"thaw", unitShape}, "Clean": {"clean", unitShape}, "SetProperties": {"set-property", unitShape},
	}
}

// stateAfter returns what a unit is when an operation was done; "" when that is
// not known.
func stateAfter(operation string) string {
	switch operation {
	case "enable":
		return "enabled"
	case "disable":
		return "disabled"
	case "mask":
		return "masked"
	case "unmask":
		return "unmasked"
	case "start", "restart":
		return "active"
	case "stop":
		return "inactive"
	}
	return ""
}

// jobOperation returns the operation of a type of job; "" for those that do
// nothing.
func jobOperation(job string) string {
	switch job {
	case "start", "stop", "reload", "restart":
		return job
	case "try-restart", "reload-or-start", "try-reload":
		return map[string]string{"try-restart": "restart", "reload-or-start": "reload", "try-reload": "reload"}[job]
	}
	return ""
}

// catalog knows the methods.
type catalog struct{ manager, unit map[string]operation }

func newCatalog() catalog { return catalog{operations(), unitOperations()} }

// find returns what a call asks for; false when it changes nothing. A caller
// may leave the interface out, so only another interface rules a method out.
func (c catalog) find(m *bus.Message) (operation, bool) {
	switch {
	case m.Type != bus.Call:
	case m.Path == rootPath && (m.Interface == "" || m.Interface == manager):
		op, ok := c.manager[m.Member]
		return op, ok
	case strings.HasPrefix(m.Path, rootPath+"/unit/") && (m.Interface == "" || strings.HasPrefix(m.Interface, rootInterface)):
		op, ok := c.unit[m.Member]
		return op, ok
	}
	return operation{}, false
}

// rootInterface is what the interfaces of units begin with.
const rootInterface = systemd + "."

// maxUnits is how many units of one call are told.
const maxUnits = 32

var errArguments = errors.New("its arguments are none that systemd takes")

// asked is what a call asks for.
type asked struct {
	operation string
	units     []string
	job       bool // the answer is a job
	change    event.Change
	note      string
}

// read takes a call apart.
func (op operation) read(m *bus.Message) (asked, error) {
	a := asked{operation: op.name, job: op.shape == jobShape || op.shape == typedShape}
	values, err := m.Body()
	if err != nil && !m.Cut {
		return a, err
	}
	if m.Cut {
		a.note = "the call is too large to be read"
	}
	if strings.HasPrefix(m.Path, rootPath+"/unit/") {
		values = append([]any{unescape(m.Path)}, values...)
	}
	switch op.shape {
	case wholeShape:
		a.units = []string{whole}
		if op.name == "set-environment" {
			a.environment(values)
		}
		return a, nil
	case listShape:
		a.units, err = bus.Texts(values, 0)
		for i, u := range a.units {
			a.units[i] = path.Base(u) // a path where a unit is linked
			if op.name == "link" {
				a.change.Fields, a.change.Before, a.change.After = []string{fieldLink}, []string{""}, []string{u}
			}
		}
	default:
		var u string
		u, err = bus.Text(values, 0)
		a.units = []string{u}
	}
	if err != nil && !m.Cut {
		return a, errArguments
	}
	if len(a.units) > maxUnits {
		a.note = "only the first units of the call are told"
		a.units = a.units[:maxUnits]
	}
	switch {
	case op.shape == typedShape:
		kind, _ := bus.Text(values, 1)
		if a.operation = jobOperation(kind); a.operation == "" {
			return a, errArguments
		}
	case m.Member == "StartUnitReplace":
		a.units[0], _ = bus.Text(values, 1)
	case m.Member == "StartTransientUnit":
		a.transient(values)
	}
	return a, nil
}

// transient reads what a unit without a file runs.
func (a *asked) transient(values []any) {
	if len(values) < 3 {
		return
	}
	properties, _ := values[2].([]any)
	for _, p := range properties {
		pair, ok := p.([]any)
		if !ok || len(pair) != 2 {
			continue
		}
		switch name, _ := pair[0].(string); name {
		case "ExecStart", "ExecStartEx":
			a.change.ServiceCommand = commands(pair[1])
		case "User":
			a.change.ServiceUser, _ = pair[1].(string)
		}
	}
	a.note = "the unit has no file"
}

// commands joins a list of (program, arguments, flags).
func commands(v any) string {
	var out []string
	list, _ := v.([]any)
	for _, c := range list {
		fields, _ := c.([]any)
		args, err := bus.Texts(fields, 1)
		if err != nil {
			continue
		}
		program, _ := bus.Text(fields, 0)
		if len(args) > 0 {
			args = slices.Clone(args)
			args[0] = program
		}
		out = append(out, strings.Join(args, " "))
	}
	s := strings.Join(out, "; ")
	return s[:min(len(s), maxUnitValue)]
}

// environment reads what is put into the environment of all services; of most
// variables only the name is told, for they may be secret.
func (a *asked) environment(values []any) {
	if len(values) == 0 {
		return
	}
	list, _ := bus.Texts(values, len(values)-1)
	for _, s := range list[:min(len(list), maxUnits)] {
		name, value, _ := strings.Cut(s, "=")
		if !strings.HasPrefix(name, "LD_") && name != "PATH" {
			value = "set"
		}
		a.change.Fields = append(a.change.Fields, bounded(name))
		a.change.Before = append(a.change.Before, "")
		a.change.After = append(a.change.After, value[:min(len(value), maxUnitValue)])
	}
}
