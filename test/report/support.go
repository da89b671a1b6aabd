package main

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// feature is a row of the table of support: the tests that show it on a real
// kernel.
type feature struct {
	part, what string
	pkg        string // below internal/agent
	tests      string // pattern of the names of whole tests
}

// features lists the rows. A row whose tests no environment knows is a mistake.
func features() []feature {
	return []feature{
		{"kernel", "ring, scope, drop counters", "sensor/kernel", "OpenClose|BadOptions"},
		{"exec, rung tp_btf", "start with arguments, end with exit code, fork", "sensor/exec", "ShortLived|Fork|LongArguments|Script|Signal|Threads"},
		{"exec, rung tp_btf", "identity: user, capabilities, namespaces, set-uid, memfd", "sensor/exec", "Identity|SetuidProgram|MemoryBacked|NestedNamespaces"},
		{"exec, rung tp_btf", "scope of a cgroup", "sensor/exec", "Scope"},
		{"exec, rung tp_btf", "urgent wake-up", "sensor/exec", "Urgent"},
		{"exec, rung tp_btf", "no loss in a storm of executions", "sensor/exec", "Storm"},
		{"exec", "comes down a rung when one breaks", "sensor/exec", "ComesDown|NoKernel"},
		{"exec, rung connector", "start and end", "sensor/exec", "ConnectorReal"},
		{"exec, rung proc", "start and end", "sensor/exec", "PollRealProcess"},
		{"exec, lower rungs", "events are as complete as those of BPF", "enrich", "ExecWithoutBPF"},
		{"file", "create, write, rename, delete", "sensor/file", "Files|Sections|Paths|NoName"},
		{"file", "every way to close a file that was written", "sensor/file", "WaysToClose|SharedDescriptor"},
		{"file", "closed by an execution", "sensor/file", "ClosedByExec"},
		{"file", "mode and owner", "sensor/file", "ModesAndOwners"},
		{"file", "extended attributes", "sensor/file", "Xattr"},
		{"file", "reading of watched paths", "sensor/file", "Watch|WatchWhatComesLater"},
		{"file", "scope of a cgroup", "sensor/file", "Scope"},
		{"file", "no loss in a storm of writes", "sensor/file", "Storm"},
		{"file, rung fentry", "symbolic links resolved, io_uring, 32-bit programs, failures", "sensor/file", "LinksAreResolved|Ring|OldSystemCalls|MadeByName|RenameToItself|Failures"},
		{"file, rung fentry", "overlayfs is told once", "sensor/file", "OverlayIsToldOnce"},
		{"file, rung fanotify", "create, write, rename, delete, mode, owner", "sensor/fanotify", "Files|Changes|Unknown|Sections|Names|RemovedTree"},
		{"file, rung fanotify", "overlayfs, later mounts, other mount namespaces", "sensor/fanotify", "Overlay|OverlayWithHandles|MountedLater|OtherMountNamespace"},
		{"file, rung fanotify", "watched paths and devices that are opened", "sensor/fanotify", "Watch|Device"},
		{"file, rung fanotify", "scope of a cgroup, a full queue", "sensor/fanotify", "Scope|Overflow"},
		{"file, rung fanotify", "events are as complete as those of BPF", "enrich", "FileWithoutBPF"},
		{"net, rung tp_btf", "TCP connect, accept, listen, refusals", "sensor/net", "TCP|Refused|Mapped"},
		{"net, rung tp_btf", "UDP", "sensor/net", "UDP"},
		{"net, rung tp_btf", "process and order of connections", "sensor/net", "Attribution|ConnectComesAfterExec"},
		{"net, rung tp_btf", "scope of a cgroup", "sensor/net", "Scope"},
		{"net, rung sock_diag", "connect, accept, listen", "sensor/net", "SockDiagReal"},
		{"net, rung sock_diag", "events are as complete as those of BPF", "enrich", "NetWithoutBPF"},
		{"file", "devices and memory that are opened", "sensor/file", "DeviceOpened|MemoryOpened"},
		{"calls", "access to processes and tampering", "sensor/calls", "Ptrace|Traceme|MemoryOfAnother|Pidfd"},
		{"calls", "signals, many told as one", "sensor/calls", "Signals"},
		{"calls", "credentials and namespaces", "sensor/calls", "Credentials|Namespaces"},
		{"calls", "mounts", "sensor/calls", "Mounts"},
		{"calls", "memfds and executable memory", "sensor/calls", "Memfd|ExecutableMemory"},
		{"calls", "BPF programs, io_uring, raw sockets", "sensor/calls", "BPF|Uring|RawSockets"},
		{"calls", "kernel modules", "sensor/calls", "Modules"},
		{"calls", "the kernel's log", "sensor/calls", "KernelLog"},
		{"calls", "scope of a cgroup", "sensor/calls", "Scope"},
		{"calls, rung fentry", "programs at the functions of the calls, shared with library", "sensor/calls", "SharedCalls"},
		{"calls, rung fentry", "is put back when root turns all such programs off", "sensor/calls", "FunctionsTurnedOff"},
		{"dns, rung packet", "questions and answers with their process, hellos of TLS", "sensor/dns", "Tap|TapHello"},
		{"library, rung maps", "libraries of a process", "sensor/library", "MapsOfProcess"},
		{"calls, rung proc", "raw sockets and mounts", "sensor/polled", "SocketAndMount"},
		{"calls, rung proc", "kernel modules", "sensor/polled", "Module"},
		{"services", "units, drop-ins and scripts that are made, changed, removed", "sensor/services", "UnitOnHost|Files"},
		{"services, rung dbus_monitor", "a real systemd (of a user), asked by a library, busctl, systemctl, systemd-run", "sensor/services", "SystemdOfUser"},
		{"services, rung dbus_monitor", "failures, slow jobs, jobs without a call (tested on a systemd of the test)", "sensor/services", "Calls|SlowJob|JobsWithoutCall"},
		{"packages", "dpkg installs, upgrades, removes; apk and rpm on their files", "sensor/packages", "Dpkg|Packages"},
		{"devices", "a disk that comes and goes", "sensor/devices", "RealDisk"},
		{"devices", "USB devices (tested on fakes: messages and a sysfs of the test)", "sensor/devices", "USBStick|KnownAtStart|LeftOut|ManyDevices"},
		{"dns", "questions and answers over UDP and TCP, failures", "sensor/dns", "Resolver|ManyAnswers|NoMessage|Stream|Storm"},
		{"dns", "look-ups in the C library", "sensor/dns", "Library|LibraryAddress|LibraryAlone|LibraryOfAProcess"},
		{"dns", "the first message of TLS, JA4", "sensor/dns", "Hello|LongHello|NoHello"},
		{"dns", "scope of a cgroup", "sensor/dns", "Scope|LibraryScope"},
		{"auth", "sessions and failed logons through PAM", "sensor/auth", "Session|Failures|Su|ChildAsks|ManyFailures"},
		{"auth", "utmp, wtmp, btmp, and who tampers with them", "sensor/auth", "GM11_OneLogonOneEvent|GM12_SessionToProcesses|GM16_WhoTampered|OtherLayouts"},
		{"auth", "logind, on fakes", "sensor/auth", "Logind"},
		{"accounts", "users and groups made by programs and libraries", "sensor/accounts", "Tools|RenameIntoPlace|Libuser"},
		{"tasks", "cron and at", "sensor/tasks", "Append|CrontabProgram|AtProgram"},
		{"settings", "settings in files", "sensor/settings", "Settings"},
		{"sysctl", "settings of the kernel", "sensor/sysctl", "ReadingIsNoEvent|SettingChange"},
		{"firewall", "changes of nftables", "sensor/firewall", "GM30_RuleSetChange"},
		{"watched files", "bind mounts, mount namespaces", "sensor/watched", "WritesOfTheHost|BindMount|MountOver|MountNamespace|ExecutionAfterwards"},
		{"script", "files, arguments, input", "sensor/script", "Files|EnvChain|Arguments|Input|PipesAndSockets|LargeFile|RepeatedContent"},
		{"script", "in mount namespaces and below another root", "sensor/script", "MountNamespace|Chroot"},
		{"shell", "typed lines", "sensor/shell", "TypedLines|TypedBefore|TypedAtZsh"},
		{"shell", "history files", "sensor/shell", "HistoryOfASession"},
		{"library", "libraries that are mapped", "sensor/library", "Library|LibraryOfPython|LibraryOfATemporaryFolder|RemovedLibrary|LibraryInMemory|ManyLoads"},
		{"logs", "files that are read on after restarts and rotation", "sensor/logs", "FM2_Restart|FM2_Killed|Follows|Losses"},
		{"logs", "the journal", "sensor/logs", "RealJournal"},
		{"auditlog", "processes, files and servers from audit.log, on recorded logs", "sensor/auditlog", "Files|Servers|Executions|RecordsMustCome|FM4_GoldenVectors|FM5_ContainerOfAnExecution|FM6_SnapshotJoins"},
		{"library", "scope of a cgroup", "sensor/library", "NothingOutsideTheScope"},
		{"self-exam", "every act can be done and leaves nothing behind, killed anywhere", "selftest", "Acts|KilledAnywhere"},
		{"all sensors, rung fentry", "nothing is attached at every system call", "sensor/all", "NothingAtEveryCall"},
		{"all sensors", "one ring in time order", "sensor/all", "OneRingInOrder"},
		{"enrich", "digests, lineage, user, cgroup of kernel events", "enrich", "WA5_KernelEvents|WA5_HashOfARunningProgram"},
		{"enrich", "one id from /proc and from the kernel", "enrich", "WA5_SeedAndKernelAgree|WA5_Seed"},
		{"enrich", "10,000 processes in a storm, each with its parent", "enrich", "WA5_KernelForkStorm10k"},
		{"respond", "kill and suspend of real processes", "respond", "OnRealProcesses"},
		{"respond", "nothing outside the scope", "respond", "Scope"},
	}
}

// environment is where the tests ran.
type environment struct {
	name   string
	result *result
}

// matrix is what the table of support has besides the tests.
type matrix struct {
	compiled string // and not run
	exams    []exam
}

// support writes the table of what was tested where.
func support(file string, environments []environment, m matrix) error {
	var b strings.Builder
	b.WriteString("# Support\n\nWritten by `make support` from what the tests said; do not edit. A cell counts the tests that passed.\n" +
		"What was skipped says why; a skip is support that this environment does not have.\n\n")
	b.WriteString("| part | what |")
	line := "|---|---|"
	for _, e := range environments {
		b.WriteString(" " + e.name + " |")
		line += "---|"
	}
	b.WriteString("\n" + line + "\n")
	for _, f := range features() {
		pattern, err := regexp.Compile("^Test(" + f.tests + ")$")
		if err != nil {
			return fmt.Errorf("feature %s: %w", f.what, err)
		}
		fmt.Fprintf(&b, "| %s | %s |", f.part, f.what)
		known := false
		for _, e := range environments {
			text := e.result.cell("internal/agent/"+f.pkg, pattern)
			known = known || text != notRun
			b.WriteString(" " + text + " |")
		}
		b.WriteString("\n")
		if !known {
			return fmt.Errorf("feature %q: no environment ran a test %s of %s", f.what, pattern, f.pkg)
		}
	}
	if len(m.exams) > 0 {
		examTable(&b, m.exams)
	}
	if m.compiled != "" {
		fmt.Fprintf(&b, "\nCompiled by `make release`, not run: %s.\n", m.compiled)
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

const notRun = "not run"

// cell says how the tests of one package that match went.
func (r *result) cell(pkg string, pattern *regexp.Regexp) string {
	passed := 0
	var failed, skipped []string
	for k, action := range r.ended {
		if !strings.HasSuffix(k.pkg, "/"+pkg) || !pattern.MatchString(k.test) {
			continue
		}
		switch action {
		case "pass":
			passed++
		case "fail":
			failed = append(failed, k.test)
		case "skip":
			skipped = append(skipped, plain(reason(r.output[k])))
		}
	}
	var parts []string
	if passed > 0 {
		parts = append(parts, fmt.Sprintf("pass %d", passed))
	}
	if len(failed) > 0 {
		slices.Sort(failed)
		parts = append(parts, "**fail** "+strings.Join(failed, ", "))
	}
	if len(skipped) > 0 {
		slices.Sort(skipped)
		parts = append(parts, "skip: "+strings.Join(slices.Compact(skipped), "; "))
	}
	for _, p := range r.broken {
		if len(parts) == 0 && strings.HasSuffix(p, "/"+pkg) {
			return "**not finished**: the tests of the package ended before"
		}
	}
	return cmp.Or(strings.Join(parts, "; "), notRun)
}

// plain is a reason without the place in the test, fit for a cell.
func plain(s string) string {
	if _, after, ok := strings.Cut(s, "SKIPPED:"); ok {
		s = after
	}
	return strings.ReplaceAll(strings.TrimSpace(s), "|", "\\|")
}
