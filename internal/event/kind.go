package event

import "fmt"

// Kind says what happened. The number is stored and sent: never reuse one.
type Kind uint16

// The kinds. A new one takes the next number and a line in kinds.
const (
	KindNone         Kind = 0
	ProcessStart     Kind = 1
	ProcessEnd       Kind = 2
	ProcessFork      Kind = 3
	FileCreate       Kind = 10
	FileWrite        Kind = 11
	FileRename       Kind = 12
	FileDelete       Kind = 13
	FileOpen         Kind = 14
	FileChmod        Kind = 15
	FileChown        Kind = 16
	FileXattr        Kind = 17
	FileHash         Kind = 18
	NetConnect       Kind = 20
	NetAccept        Kind = 21
	NetListen        Kind = 22
	NetRaw           Kind = 23
	ProcessAccess    Kind = 30
	ProcessTamper    Kind = 31
	ProcessSignal    Kind = 32
	CredentialChange Kind = 33
	ModuleLoad       Kind = 34
	ModuleUnload     Kind = 35
	BPFLoad          Kind = 36
	BPFAttach        Kind = 37
	MountCreate      Kind = 38
	MountRemove      Kind = 39
	NamespaceChange  Kind = 40
	MemfdCreate      Kind = 41
	MemoryExecute    Kind = 42
	KernelLogClear   Kind = 43
	UringCreate      Kind = 44
	DeviceOpen       Kind = 45
	MemoryOpen       Kind = 46
	FindingRaise     Kind = 60
	ResponseRun      Kind = 61
	AgentStart       Kind = 70
	AgentStop        Kind = 71
	AgentSensor      Kind = 72
	AgentLoss        Kind = 73
	AgentHealth      Kind = 74
	LogRecord        Kind = 80
	AuthLogin        Kind = 90
	AuthLogout       Kind = 91
	AuthFail         Kind = 92
	LogTamper        Kind = 93
	ScriptRun        Kind = 94
	ShellCommand     Kind = 95
	LibraryLoad      Kind = 96
	DNSQuery         Kind = 97
	DNSAnswer        Kind = 98
	TLSHello         Kind = 99
	TaskCreate       Kind = 100
	TaskModify       Kind = 101
	TaskDelete       Kind = 102
	AccountCreate    Kind = 103
	AccountModify    Kind = 104
	AccountDelete    Kind = 105
	ServiceCreate    Kind = 106
	ServiceModify    Kind = 107
	ServiceDelete    Kind = 108
	ServiceControl   Kind = 109
	PackageInstall   Kind = 110
	PackageRemove    Kind = 111
	SettingChange    Kind = 112
	FirewallChange   Kind = 113
	DeviceAdd        Kind = 114
	DeviceRemove     Kind = 115
	SysctlChange     Kind = 117
	NetClose         Kind = 116
)

// Class is the worth of a kind when a queue is full: the lowest goes first.
type Class uint8

// The classes, least valuable first. Vital is never shed.
const (
	ClassRead Class = iota
	ClassWrite
	ClassNetwork
	ClassOther
	ClassVital
	Classes // number of classes
)

type kindInfo struct {
	kind     Kind
	name     string
	class    Class
	category string   // ECS event.category
	types    []string // ECS event.type
	doc      string
}

func kinds() []kindInfo {
	return []kindInfo{
		{ProcessStart, "process_start", ClassVital, "process", []string{"start"}, "A program was executed (execve)."},
		{ProcessEnd, "process_end", ClassVital, "process", []string{"end"}, "A process ended."},
		{ProcessFork, "process_fork", ClassVital, "process", []string{"start"}, "A process was forked without executing a program."},
		{FileCreate, "file_create", ClassWrite, "file", []string{"creation"}, "A file was created."},
		{FileWrite, "file_write", ClassWrite, "file", []string{"change"}, "A file that was open for writing was closed after a change."},
		{FileRename, "file_rename", ClassWrite, "file", []string{"change"}, "A file was renamed."},
		{FileDelete, "file_delete", ClassWrite, "file", []string{"deletion"}, "A file was removed."},
		{FileOpen, "file_open", ClassRead, "file", []string{"access"}, "A watched file was opened for reading."},
		{FileChmod, "file_chmod", ClassOther, "file", []string{"change"}, "The mode of a file was changed."},
		{FileChown, "file_chown", ClassOther, "file", []string{"change"}, "The owner or group of a file was changed."},
		{FileXattr, "file_xattr", ClassOther, "file", []string{"change"}, "An extended attribute of a file was set or removed."},
		{FileHash, "file_hash", ClassOther, "file", []string{"info"}, "The digests of a file became known after the event that named it."},
		{NetConnect, "net_connect", ClassNetwork, "network", []string{"connection", "start"}, "A process connected to an address."},
		{NetAccept, "net_accept", ClassNetwork, "network", []string{"connection", "start"}, "A process accepted a connection."},
		{NetClose, "net_close", ClassNetwork, "network", []string{"connection", "end"}, "A connection ended: what went over it and how long it stood."},
		{NetListen, "net_listen", ClassNetwork, "network", []string{"start"}, "A socket began to listen."},
		{NetRaw, "net_raw", ClassOther, "network", []string{"start"}, "A process opened a socket below TCP and UDP: raw, or for whole frames."},
		{ProcessAccess, "process_access", ClassOther, "process", []string{"access"}, "A process looked into another: ptrace, its memory or its descriptors."},
		{ProcessTamper, "process_tamper", ClassOther, "process", []string{"change"}, "A process changed the memory or the registers of another."},
		{ProcessSignal, "process_signal", ClassOther, "process", []string{"info"}, "A process sent a signal to another."},
		{CredentialChange, "credential_change", ClassOther, "process", []string{"change"}, "A process changed its users, groups or capabilities."},
		{ModuleLoad, "module_load", ClassVital, "driver", []string{"start"}, "A kernel module was loaded, or could not be."},
		{ModuleUnload, "module_unload", ClassVital, "driver", []string{"end"}, "A kernel module was removed, or could not be."},
		{BPFLoad, "bpf_load", ClassOther, "driver", []string{"start"}, "A BPF program was loaded, or could not be."},
		{BPFAttach, "bpf_attach", ClassOther, "driver", []string{"change"}, "A BPF program was attached, or could not be."},
		{MountCreate, "mount_create", ClassOther, "host", []string{"change"}, "A file system was mounted or moved."},
		{MountRemove, "mount_remove", ClassOther, "host", []string{"change"}, "A file system was unmounted."},
		{NamespaceChange, "namespace_change", ClassOther, "process", []string{"change"}, "A process left its namespaces for new ones or for others."},
		{MemfdCreate, "memfd_create", ClassOther, "file", []string{"creation"}, "A file was made that is in memory only."},
		{MemoryExecute, "memory_execute", ClassOther, "process", []string{"change"}, "Memory that is no unchanged file was made executable."},
		{KernelLogClear, "kernel_log_clear", ClassVital, "host", []string{"deletion"}, "The kernel's log was cleared or kept from the console."},
		{UringCreate, "uring_create", ClassOther, "process", []string{"info"}, "A process made an io_uring, whose work comes without system calls."},
		{DeviceOpen, "device_open", ClassOther, "file", []string{"access"}, "A block device, or a device that is the memory of the host, was opened directly."},
		{MemoryOpen, "memory_open", ClassOther, "process", []string{"access"}, "The memory of another process (/proc/PID/mem) or of the kernel (/proc/kcore) was opened."},
		{FindingRaise, "finding_raise", ClassVital, "intrusion_detection", []string{"info"}, "A rule matched an event."},
		{ResponseRun, "response_run", ClassVital, "intrusion_detection", []string{"info"}, "An action was done, refused or rehearsed."},
		{AgentStart, "agent_start", ClassVital, "host", []string{"start"}, "The agent started."},
		{AgentStop, "agent_stop", ClassVital, "host", []string{"end"}, "The agent stopped."},
		{AgentSensor, "agent_sensor", ClassVital, "host", []string{"change"}, "A sensor took a rung or ended."},
		{AgentLoss, "agent_loss", ClassVital, "host", []string{"info"}, "Events were lost, cut or aggregated."},
		{AgentHealth, "agent_health", ClassVital, "host", []string{"info"}, "The agent's and the host's use of resources."},
		{LogRecord, "log_record", ClassOther, "host", []string{"info"}, "A record of another program's log."},
		{AuthLogin, "auth_login", ClassVital, "authentication", []string{"start"}, "A user logged on."},
		{AuthLogout, "auth_logout", ClassVital, "authentication", []string{"end"}, "A user's session ended."},
		{AuthFail, "auth_fail", ClassVital, "authentication", []string{"start"}, "A user could not log on."},
		{LogTamper, "log_tamper", ClassVital, "host", []string{"change"}, "The records of logons were changed or removed."},
		{ScriptRun, "script_run", ClassOther, "process", []string{"start"}, "A script was run: its text, once for each content."},
		{ShellCommand, "shell_command", ClassOther, "process", []string{"info"}, "A line that was typed at a shell."},
		{LibraryLoad, "library_load", ClassOther, "library", []string{"start"}, "A process mapped a library for execution."},
		{DNSQuery, "dns_query", ClassNetwork, "network", []string{"protocol"}, "A process asked for a name."},
		{DNSAnswer, "dns_answer", ClassNetwork, "network", []string{"protocol"}, "A process was given the answer about a name."},
		{TLSHello, "tls_hello", ClassNetwork, "network", []string{"protocol"}, "A process began a TLS connection."},
		{TaskCreate, "task_create", ClassOther, "configuration", []string{"creation"}, "A task was scheduled."},
		{TaskModify, "task_modify", ClassOther, "configuration", []string{"change"}, "A scheduled task was changed."},
		{TaskDelete, "task_delete", ClassOther, "configuration", []string{"deletion"}, "A scheduled task was removed."},
		{AccountCreate, "account_create", ClassVital, "iam", []string{"creation"}, "A user or a group was created."},
		{AccountModify, "account_modify", ClassVital, "iam", []string{"change"}, "A user or a group was changed."},
		{AccountDelete, "account_delete", ClassVital, "iam", []string{"deletion"}, "A user or a group was removed."},
		{ServiceCreate, "service_create", ClassOther, "configuration", []string{"creation"}, "A service was made known to the host."},
		{ServiceModify, "service_modify", ClassOther, "configuration", []string{"change"}, "A service was changed, enabled or disabled."},
		{ServiceDelete, "service_delete", ClassOther, "configuration", []string{"deletion"}, "A service was removed."},
		{ServiceControl, "service_control", ClassOther, "process", []string{"change"}, "A service was started, stopped or reloaded."},
		{PackageInstall, "package_install", ClassOther, "package", []string{"installation"}, "A package was installed or upgraded."},
		{PackageRemove, "package_remove", ClassOther, "package", []string{"deletion"}, "A package was removed."},
		{SettingChange, "setting_change", ClassOther, "configuration", []string{"change"}, "A setting of the host was changed: of the loader of libraries, of shells, of logon."},
		{FirewallChange, "firewall_change", ClassOther, "configuration", []string{"change"}, "The rules of the firewall were changed."},
		{DeviceAdd, "device_add", ClassOther, "host", []string{"change"}, "A device was plugged in."},
		{DeviceRemove, "device_remove", ClassOther, "host", []string{"change"}, "A device was unplugged."},
		{SysctlChange, "sysctl_change", ClassOther, "configuration", []string{"change"}, "A setting of the kernel was written through /proc/sys."},
	}
}

// immutable after the package is loaded
var (
	kindByNumber = indexKinds()
	kindByName   = indexKindNames()
)

func indexKinds() [256]*kindInfo {
	var t [256]*kindInfo
	for _, k := range kinds() {
		t[k.kind] = &k
	}
	return t
}

func indexKindNames() map[string]Kind {
	m := map[string]Kind{}
	for _, k := range kinds() {
		m[k.name] = k.kind
	}
	return m
}

func (k Kind) info() *kindInfo {
	if int(k) < len(kindByNumber) && kindByNumber[k] != nil {
		return kindByNumber[k]
	}
	return nil
}

// String returns the name of k, "process_start" for example.
func (k Kind) String() string {
	if i := k.info(); i != nil {
		return i.name
	}
	if k == KindNone {
		return ""
	}
	return fmt.Sprintf("kind_%d", uint16(k))
}

// Doc returns one sentence about k.
func (k Kind) Doc() string {
	if i := k.info(); i != nil {
		return i.doc
	}
	return ""
}

// Class returns the worth of k when a queue is full; an unknown kind is Other.
func (k Kind) Class() Class {
	if i := k.info(); i != nil {
		return i.class
	}
	return ClassOther
}

// Category returns the ECS event.category of k.
func (k Kind) Category() string {
	if i := k.info(); i != nil {
		return i.category
	}
	return ""
}

// Types returns the ECS event.type values of k; the caller must not change them.
func (k Kind) Types() []string {
	if i := k.info(); i != nil {
		return i.types
	}
	return nil
}

// ParseKind returns the kind with the given name; false when there is none.
func ParseKind(name string) (Kind, bool) {
	k, ok := kindByName[name]
	return k, ok
}

// Kinds lists all kinds in the order of their numbers.
func Kinds() []Kind {
	var out []Kind
	for _, k := range kinds() {
		out = append(out, k.kind)
	}
	return out
}
