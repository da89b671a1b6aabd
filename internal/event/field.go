package event

// Type is the type of a field's value.
type Type uint8

// The types of fields.
const (
	String   Type = iota
	Strings       // list of strings
	Int           // 64-bit; 0 is absent
	OptInt64      // 64-bit; 0 is a value
	Float
	Bool     // false is absent
	Instant  // Time; 0 is absent
	Address  // IP address
	KindName // Kind
)

// Column says how a field is stored.
type Column uint8

// The ways to store a field.
const (
	None  Column = iota // derived from other fields, not stored
	Plain               // values as they are
	Dict                // dictionary, for values that repeat
	Bloom               // dictionary and a bloom filter, for values that are looked up
	Delta               // differences, for values that grow
)

// Field is one line of the list of fields.
type Field struct {
	ID     FieldID
	Name   string // ECS, or ours in snake case under its section
	Number int    // protobuf field number, never reused; 0 when derived
	Type   Type
	Column Column
	Member string // of Event; a call such as "ID()" is derived
	Ours   bool   // ECS has no such field
	Doc    string
}

// fields is the only list of fields. A new one is its struct member and one
// line here, then `make generate`. Numbers of removed fields stay unused.
func fields() []Field {
	return []Field{
		{Name: "@timestamp", Number: 1, Type: Instant, Column: Delta, Member: "Time", Doc: "When the event happened, by the host's clock."},
		{Name: "event.ingested", Number: 2, Type: Instant, Column: Delta, Member: "Ingested", Doc: "When the manager accepted the event."},
		{Name: "event.action", Number: 3, Type: KindName, Column: Dict, Member: "Kind", Doc: "What happened, as noun_verb; see the list of kinds."},
		{Name: "event.category", Type: Strings, Column: None, Member: "Kind.Category()", Doc: "ECS category of the kind."},
		{Name: "event.type", Type: Strings, Column: None, Member: "Kind.Types()", Doc: "ECS types of the kind."},
		{Name: "event.id", Type: String, Column: None, Member: "ID()", Doc: "Identity of the event: agent.id, agent.epoch and event.sequence joined with \"-\"."},
		{Name: "agent.id", Number: 4, Type: String, Column: Dict, Member: "Agent", Doc: "Id that the manager gave the agent at enrolment."},
		{Name: "agent.epoch", Number: 5, Type: Int, Column: Delta, Member: "Epoch", Ours: true, Doc: "Run of the agent's spool that numbered the event."},
		{Name: "event.sequence", Number: 6, Type: Int, Column: Delta, Member: "Sequence", Doc: "Number of the event within the epoch, from 1, without gaps."},
		{Name: "host.name", Number: 7, Type: String, Column: Dict, Member: "HostName", Doc: "Name of the host."},
		{Name: "event.provider", Number: 8, Type: String, Column: Dict, Member: "Provider", Doc: "Sensor or stage that made the event."},
		{Name: "event.rung", Number: 9, Type: String, Column: Dict, Member: "Rung", Ours: true, Doc: "Source that the sensor used, for example tp_btf or proc."},
		{Name: "event.sensor_sequence", Number: 10, Type: Int, Column: Delta, Member: "SensorSequence", Ours: true, Doc: "Number that the sensor gave the event, from 1 for each start of the sensor; a gap is a loss."},
		{Name: "event.outcome", Number: 11, Type: String, Column: Dict, Member: "Outcome", Doc: "success or failure."},
		{Name: "error.code", Number: 12, Type: String, Column: Dict, Member: "ErrorCode", Doc: "Name of the error of a failed action, for example EACCES."},
		{Name: "container.id", Number: 13, Type: String, Column: Dict, Member: "ContainerID", Doc: "Id of the container that the process runs in."},
		{Name: "process.entity_id", Number: 20, Type: String, Column: Bloom, Member: "Process.EntityID", Doc: "Stable id of the process on this host, also when the pid is reused."},
		{Name: "process.pid", Number: 21, Type: Int, Column: Plain, Member: "Process.PID", Doc: "Process id in the agent's pid namespace."},
		{Name: "process.namespaced_pid", Number: 22, Type: Int, Column: Plain, Member: "Process.NSPID", Ours: true, Doc: "Process id in the process's own pid namespace, when it differs."},
		{Name: "process.name", Number: 23, Type: String, Column: Dict, Member: "Process.Name", Doc: "Base name of the executable."},
		{Name: "process.executable", Number: 24, Type: String, Column: Dict, Member: "Process.Executable", Doc: "Absolute path of the executable."},
		{Name: "process.command_line", Number: 25, Type: String, Column: Dict, Member: "Process.CommandLine", Doc: "Arguments joined with spaces."},
		{Name: "process.args", Number: 26, Type: Strings, Column: Dict, Member: "Process.Args", Doc: "Arguments as given to execve, argv[0] included, cut at 28 kB in all."},
		{Name: "process.args_count", Number: 27, Type: Int, Column: Plain, Member: "Process.ArgsCount", Doc: "Number of arguments, also where args was cut."},
		{Name: "process.args_size", Number: 28, Type: Int, Column: Plain, Member: "Process.ArgsSize", Ours: true, Doc: "Size of all arguments in bytes, also where args was cut."},
		{Name: "process.working_directory", Number: 29, Type: String, Column: Dict, Member: "Process.WorkingDirectory", Doc: "Current directory."},
		{Name: "process.script", Number: 30, Type: String, Column: Dict, Member: "Process.Script", Ours: true, Doc: "File whose #! line started the executable."},
		{Name: "process.start", Number: 31, Type: Instant, Column: Plain, Member: "Process.Start", Doc: "When the process was created."},
		{Name: "process.end", Number: 32, Type: Instant, Column: Plain, Member: "Process.End", Doc: "When the process ended."},
		{Name: "process.exit_code", Number: 33, Type: OptInt64, Column: Plain, Member: "Process.ExitCode", Doc: "Exit status; 128 plus the signal number when a signal ended it."},
		{Name: "process.tty.name", Number: 34, Type: String, Column: Dict, Member: "Process.TTY", Ours: true, Doc: "Controlling terminal, for example pts0."},
		{Name: "process.session_leader.pid", Number: 35, Type: Int, Column: Plain, Member: "Process.SessionID", Doc: "Process id of the session leader."},
		{Name: "process.group_leader.pid", Number: 36, Type: Int, Column: Plain, Member: "Process.GroupID", Doc: "Process id of the process group leader."},
		{Name: "process.audit_user.id", Number: 37, Type: String, Column: Dict, Member: "Process.AuditUserID", Ours: true, Doc: "Login user id (loginuid), kept across su and sudo."},
		{Name: "process.audit_session.id", Number: 38, Type: String, Column: Dict, Member: "Process.AuditSessionID", Ours: true, Doc: "Audit session id."},
		{Name: "process.capabilities", Number: 39, Type: String, Column: Dict, Member: "Process.Capabilities", Ours: true, Doc: "Effective capabilities, 16 hexadecimal digits."},
		{Name: "process.memory_backed", Number: 40, Type: Bool, Column: Plain, Member: "Process.MemoryBacked", Ours: true, Doc: "The executable is a memfd or an unlinked file."},
		{Name: "process.cgroup.id", Number: 41, Type: Int, Column: Plain, Member: "Process.CgroupID", Ours: true, Doc: "Id of the cgroup v2."},
		{Name: "process.cgroup.path", Number: 42, Type: String, Column: Dict, Member: "Process.CgroupPath", Ours: true, Doc: "Path of the cgroup v2 below its root."},
		{Name: "process.namespace.pid", Number: 43, Type: Int, Column: Plain, Member: "Process.Namespaces.PID", Ours: true, Doc: "Inode number of the pid namespace."},
		{Name: "process.namespace.mount", Number: 44, Type: Int, Column: Plain, Member: "Process.Namespaces.Mount", Ours: true, Doc: "Inode number of the mount namespace."},
		{Name: "process.namespace.net", Number: 45, Type: Int, Column: Plain, Member: "Process.Namespaces.Net", Ours: true, Doc: "Inode number of the network namespace."},
		{Name: "process.namespace.uts", Number: 46, Type: Int, Column: Plain, Member: "Process.Namespaces.UTS", Ours: true, Doc: "Inode number of the UTS namespace."},
		{Name: "process.hash.md5", Number: 47, Type: String, Column: Bloom, Member: "Process.Hash.MD5", Doc: "MD5 of the executable."},
		{Name: "process.hash.sha1", Number: 48, Type: String, Column: Bloom, Member: "Process.Hash.SHA1", Doc: "SHA-1 of the executable."},
		{Name: "process.hash.sha256", Number: 49, Type: String, Column: Bloom, Member: "Process.Hash.SHA256", Doc: "SHA-256 of the executable."},
		{Name: "process.hash_status", Number: 50, Type: String, Column: Dict, Member: "Process.Hash.Status", Ours: true, Doc: "Why a digest of the executable is missing; empty when all were taken."},
		{Name: "process.parent.entity_id", Number: 51, Type: String, Column: Dict, Member: "Process.Parent.EntityID", Doc: "Stable id of the parent process."},
		{Name: "process.parent.pid", Number: 52, Type: Int, Column: Plain, Member: "Process.Parent.PID", Doc: "Process id of the parent."},
		{Name: "process.parent.name", Number: 53, Type: String, Column: Dict, Member: "Process.Parent.Name", Doc: "Base name of the parent's executable."},
		{Name: "process.parent.executable", Number: 54, Type: String, Column: Dict, Member: "Process.Parent.Executable", Doc: "Absolute path of the parent's executable."},
		{Name: "process.parent.command_line", Number: 55, Type: String, Column: Dict, Member: "Process.Parent.CommandLine", Doc: "Command line of the parent."},
		{Name: "process.parent.working_directory", Number: 56, Type: String, Column: Dict, Member: "Process.Parent.WorkingDirectory", Doc: "Current directory of the parent."},
		{Name: "process.ancestors.entity_id", Number: 57, Type: Strings, Column: Dict, Member: "Process.Ancestors.EntityIDs", Ours: true, Doc: "Stable ids of the ancestors, the parent first."},
		{Name: "process.ancestors.name", Number: 58, Type: Strings, Column: Dict, Member: "Process.Ancestors.Names", Ours: true, Doc: "Names of the ancestors, the parent first."},
		{Name: "process.ancestors.executable", Number: 59, Type: Strings, Column: Dict, Member: "Process.Ancestors.Executables", Ours: true, Doc: "Executables of the ancestors, the parent first."},
		{Name: "process.ancestors.command_line", Number: 60, Type: Strings, Column: Dict, Member: "Process.Ancestors.CommandLines", Ours: true, Doc: "Command lines of the ancestors, the parent first; only in findings."},
		{Name: "process.activity.children", Number: 61, Type: Int, Column: Plain, Member: "Process.Activity.Children", Ours: true, Doc: "Processes that it forked. Only in process_end."},
		{Name: "process.activity.executions", Number: 62, Type: Int, Column: Plain, Member: "Process.Activity.Executions", Ours: true, Doc: "Programs that it executed. Only in process_end."},
		{Name: "process.activity.files_created", Number: 63, Type: Int, Column: Plain, Member: "Process.Activity.FilesCreated", Ours: true, Doc: "Files that it created. Only in process_end."},
		{Name: "process.activity.files_written", Number: 64, Type: Int, Column: Plain, Member: "Process.Activity.FilesWritten", Ours: true, Doc: "Files that it wrote; each closing after a change counts. Only in process_end."},
		{Name: "process.activity.files_renamed", Number: 65, Type: Int, Column: Plain, Member: "Process.Activity.FilesRenamed", Ours: true, Doc: "Files that it renamed. Only in process_end."},
		{Name: "process.activity.files_deleted", Number: 66, Type: Int, Column: Plain, Member: "Process.Activity.FilesDeleted", Ours: true, Doc: "Files that it removed. Only in process_end."},
		{Name: "process.activity.connections", Number: 67, Type: Int, Column: Plain, Member: "Process.Activity.Connections", Ours: true, Doc: "Connections that it made. Only in process_end."},
		{Name: "process.activity.accepts", Number: 68, Type: Int, Column: Plain, Member: "Process.Activity.Accepts", Ours: true, Doc: "Connections that it accepted. Only in process_end."},
		{Name: "user.id", Number: 70, Type: String, Column: Dict, Member: "User.ID", Doc: "Real user id."},
		{Name: "user.name", Number: 71, Type: String, Column: Dict, Member: "User.Name", Doc: "Name of the real user."},
		{Name: "user.group.id", Number: 72, Type: String, Column: Dict, Member: "User.GroupID", Doc: "Real group id."},
		{Name: "user.group.name", Number: 73, Type: String, Column: Dict, Member: "User.GroupName", Doc: "Name of the real group."},
		{Name: "user.effective.id", Number: 74, Type: String, Column: Dict, Member: "User.EffectiveID", Doc: "Effective user id."},
		{Name: "user.effective.name", Number: 75, Type: String, Column: Dict, Member: "User.EffectiveName", Doc: "Name of the effective user."},
		{Name: "user.effective.group.id", Number: 76, Type: String, Column: Dict, Member: "User.EffectiveGroupID", Doc: "Effective group id."},
		{Name: "file.path", Number: 80, Type: String, Column: Dict, Member: "File.Path", Doc: "Absolute path of the file."},
		{Name: "file.original_path", Number: 81, Type: String, Column: Dict, Member: "File.OriginalPath", Ours: true, Doc: "Path before a rename."},
		{Name: "file.target_path", Number: 82, Type: String, Column: Dict, Member: "File.TargetPath", Doc: "Target of a link."},
		{Name: "file.name", Number: 83, Type: String, Column: Dict, Member: "File.Name", Doc: "Last component of the path."},
		{Name: "file.directory", Number: 84, Type: String, Column: Dict, Member: "File.Directory", Doc: "Path without its last component."},
		{Name: "file.extension", Number: 85, Type: String, Column: Dict, Member: "File.Extension", Doc: "Extension without the dot."},
		{Name: "file.type", Number: 86, Type: String, Column: Dict, Member: "File.Type", Doc: "file, dir, symlink, device, pipe or socket."},
		{Name: "file.size", Number: 87, Type: OptInt64, Column: Plain, Member: "File.Size", Doc: "Size in bytes."},
		{Name: "file.mode", Number: 88, Type: String, Column: Dict, Member: "File.Mode", Doc: "Permission bits in octal, four digits."},
		{Name: "file.previous_mode", Number: 89, Type: String, Column: Dict, Member: "File.PreviousMode", Ours: true, Doc: "Permission bits before a change."},
		{Name: "file.uid", Number: 90, Type: String, Column: Dict, Member: "File.UID", Doc: "User id of the owner."},
		{Name: "file.gid", Number: 91, Type: String, Column: Dict, Member: "File.GID", Doc: "Group id of the owner."},
		{Name: "file.previous_uid", Number: 92, Type: String, Column: Dict, Member: "File.PreviousUID", Ours: true, Doc: "User id of the owner before a change."},
		{Name: "file.previous_gid", Number: 93, Type: String, Column: Dict, Member: "File.PreviousGID", Ours: true, Doc: "Group id of the owner before a change."},
		{Name: "file.owner", Number: 94, Type: String, Column: Dict, Member: "File.Owner", Doc: "Name of the owner."},
		{Name: "file.group", Number: 95, Type: String, Column: Dict, Member: "File.Group", Doc: "Name of the owner's group."},
		{Name: "file.inode", Number: 96, Type: Int, Column: Plain, Member: "File.Inode", Doc: "Inode number."},
		{Name: "file.device_number", Number: 97, Type: Int, Column: Plain, Member: "File.Device", Ours: true, Doc: "Kernel device number of the file system."},
		{Name: "file.link_count", Number: 98, Type: OptInt64, Column: Plain, Member: "File.Links", Ours: true, Doc: "Number of hard links; 0 is an unlinked file."},
		{Name: "file.filesystem", Number: 99, Type: String, Column: Dict, Member: "File.Filesystem", Ours: true, Doc: "Type of the file system, for example ext4."},
		{Name: "file.mtime", Number: 100, Type: Instant, Column: Plain, Member: "File.Modified", Doc: "Last change of the content."},
		{Name: "file.ctime", Number: 101, Type: Instant, Column: Plain, Member: "File.Changed", Doc: "Last change of the inode."},
		{Name: "file.open_flags", Number: 102, Type: String, Column: Dict, Member: "File.OpenFlags", Ours: true, Doc: "Flags of open(2), for example O_RDWR|O_CREAT."},
		{Name: "file.xattr.name", Number: 103, Type: String, Column: Dict, Member: "File.XattrName", Ours: true, Doc: "Name of the extended attribute."},
		{Name: "file.hash.md5", Number: 104, Type: String, Column: Bloom, Member: "File.Hash.MD5", Doc: "MD5 of the file."},
		{Name: "file.hash.sha1", Number: 105, Type: String, Column: Bloom, Member: "File.Hash.SHA1", Doc: "SHA-1 of the file."},
		{Name: "file.hash.sha256", Number: 106, Type: String, Column: Bloom, Member: "File.Hash.SHA256", Doc: "SHA-256 of the file."},
		{Name: "file.hash_status", Number: 107, Type: String, Column: Dict, Member: "File.Hash.Status", Ours: true, Doc: "Why a digest of the file is missing; empty when all were taken."},
		{Name: "source.ip", Number: 120, Type: Address, Column: Bloom, Member: "Net.SourceIP", Doc: "Address of the source."},
		{Name: "source.port", Number: 121, Type: Int, Column: Plain, Member: "Net.SourcePort", Doc: "Port of the source."},
		{Name: "destination.ip", Number: 122, Type: Address, Column: Bloom, Member: "Net.DestinationIP", Doc: "Address of the destination."},
		{Name: "destination.port", Number: 123, Type: Int, Column: Plain, Member: "Net.DestinationPort", Doc: "Port of the destination."},
		{Name: "destination.domain", Number: 124, Type: String, Column: Dict, Member: "Net.DestinationDomain", Doc: "Name of the destination, when known."},
		{Name: "network.transport", Number: 125, Type: String, Column: Dict, Member: "Net.Transport", Doc: "tcp or udp; raw or packet for a socket that a process opened."},
		{Name: "network.iana_number", Number: 270, Type: String, Column: Dict, Member: "Net.Protocol", Doc: "Number of the protocol of a raw socket, for example 1 for ICMP; of a packet socket the type of frames, 3 for all."},
		{Name: "network.type", Number: 126, Type: String, Column: Dict, Member: "Net.Type", Doc: "ipv4 or ipv6."},
		{Name: "network.direction", Number: 127, Type: String, Column: Dict, Member: "Net.Direction", Doc: "ingress, egress or listen."},
		{Name: "process.target.entity_id", Number: 240, Type: String, Column: Bloom, Member: "Target.EntityID", Ours: true, Doc: "Stable id of the process that was acted on."},
		{Name: "process.target.pid", Number: 241, Type: Int, Column: Plain, Member: "Target.PID", Ours: true, Doc: "Process id of the process that was acted on."},
		{Name: "process.target.namespace.pid", Number: 242, Type: Int, Column: Plain, Member: "Target.PIDNamespace", Ours: true, Doc: "Inode number of the pid namespace of process.target.pid, when that is not the agent's."},
		{Name: "process.target.name", Number: 243, Type: String, Column: Dict, Member: "Target.Name", Ours: true, Doc: "Base name of the executable of the process that was acted on."},
		{Name: "process.target.executable", Number: 244, Type: String, Column: Dict, Member: "Target.Executable", Ours: true, Doc: "Executable of the process that was acted on."},
		{Name: "process.target.command_line", Number: 245, Type: String, Column: Dict, Member: "Target.CommandLine", Ours: true, Doc: "Command line of the process that was acted on."},
		{Name: "call.name", Number: 246, Type: String, Column: Dict, Member: "Call.Name", Ours: true, Doc: "System call, for example ptrace."},
		{Name: "call.operation", Number: 247, Type: String, Column: Dict, Member: "Call.Operation", Ours: true, Doc: "What a system call was asked for, for example PTRACE_ATTACH."},
		{Name: "call.flags", Number: 248, Type: String, Column: Dict, Member: "Call.Flags", Ours: true, Doc: "Flags of a system call, joined with a bar, for example CLONE_NEWUSER."},
		{Name: "call.signal", Number: 249, Type: String, Column: Dict, Member: "Call.Signal", Ours: true, Doc: "Signal that was sent, for example SIGKILL."},
		{Name: "call.address", Number: 250, Type: Int, Column: Plain, Member: "Call.Address", Ours: true, Doc: "Address of the memory that a system call was about."},
		{Name: "call.size", Number: 251, Type: Int, Column: Plain, Member: "Call.Size", Ours: true, Doc: "Size of the memory that a system call was about, bytes."},
		{Name: "event.count", Number: 252, Type: Int, Column: Plain, Member: "Call.Count", Ours: true, Doc: "Number of like actions that the event stands for; absent when it is one."},
		{Name: "event.start", Number: 253, Type: Instant, Column: Plain, Member: "Call.First", Doc: "First of the actions that the event stands for."},
		{Name: "event.end", Number: 254, Type: Instant, Column: Plain, Member: "Call.Last", Doc: "Last of the actions that the event stands for."},
		{Name: "user.previous.id", Number: 255, Type: String, Column: Dict, Member: "Call.PreviousUID", Ours: true, Doc: "Real user id before a change."},
		{Name: "user.previous.group.id", Number: 256, Type: String, Column: Dict, Member: "Call.PreviousGID", Ours: true, Doc: "Real group id before a change."},
		{Name: "user.previous.effective.id", Number: 257, Type: String, Column: Dict, Member: "Call.PreviousEffectiveUID", Ours: true, Doc: "Effective user id before a change."},
		{Name: "user.previous.effective.group.id", Number: 258, Type: String, Column: Dict, Member: "Call.PreviousEffectiveGID", Ours: true, Doc: "Effective group id before a change."},
		{Name: "process.previous_capabilities", Number: 259, Type: String, Column: Dict, Member: "Call.PreviousCapabilities", Ours: true, Doc: "Effective capabilities before a change, 16 hexadecimal digits."},
		{Name: "module.name", Number: 260, Type: String, Column: Dict, Member: "Call.ModuleName", Ours: true, Doc: "Name of the kernel module."},
		{Name: "module.arguments", Number: 261, Type: String, Column: Dict, Member: "Call.ModuleArguments", Ours: true, Doc: "Parameters that were given to the kernel module."},
		{Name: "bpf.program.name", Number: 262, Type: String, Column: Dict, Member: "Call.BPFName", Ours: true, Doc: "Name of the BPF program."},
		{Name: "bpf.program.type", Number: 263, Type: String, Column: Dict, Member: "Call.BPFType", Ours: true, Doc: "Type of the BPF program, for example kprobe."},
		{Name: "bpf.program.id", Number: 264, Type: Int, Column: Plain, Member: "Call.BPFID", Ours: true, Doc: "Id of the BPF program."},
		{Name: "bpf.program.function", Number: 265, Type: String, Column: Dict, Member: "Call.BPFFunction", Ours: true, Doc: "Function or tracepoint of the kernel that the BPF program was made for."},
		{Name: "bpf.attach_type", Number: 266, Type: String, Column: Dict, Member: "Call.BPFAttach", Ours: true, Doc: "How the BPF program was attached, for example cgroup_inet_ingress."},
		{Name: "mount.source", Number: 267, Type: String, Column: Dict, Member: "Call.MountSource", Ours: true, Doc: "What was mounted, as given."},
		{Name: "mount.directory", Number: 268, Type: String, Column: Dict, Member: "Call.MountDirectory", Ours: true, Doc: "Where it was mounted, as given."},
		{Name: "mount.filesystem", Number: 269, Type: String, Column: Dict, Member: "Call.MountFilesystem", Ours: true, Doc: "Type of the mounted file system."},
		{Name: "rule.id", Number: 140, Type: String, Column: Dict, Member: "Finding.RuleID", Doc: "Id of the rule that matched."},
		{Name: "rule.name", Number: 141, Type: String, Column: Dict, Member: "Finding.RuleName", Doc: "Title of the rule that matched."},
		{Name: "rule.format", Number: 142, Type: String, Column: Dict, Member: "Finding.RuleFormat", Ours: true, Doc: "Format of the rule, for example sigma."},
		{Name: "rule.level", Number: 143, Type: String, Column: Dict, Member: "Finding.Level", Ours: true, Doc: "informational, low, medium, high or critical."},
		{Name: "event.severity", Number: 144, Type: Int, Column: Plain, Member: "Finding.Severity", Doc: "1 (informational) to 5 (critical)."},
		{Name: "threat.technique.id", Number: 145, Type: Strings, Column: Dict, Member: "Finding.Techniques", Doc: "ATT&CK technique ids."},
		{Name: "threat.tactic.name", Number: 146, Type: Strings, Column: Dict, Member: "Finding.Tactics", Doc: "ATT&CK tactics."},
		{Name: "finding.matched.field", Number: 147, Type: Strings, Column: Dict, Member: "Finding.MatchedFields", Ours: true, Doc: "Fields that made the rule match."},
		{Name: "finding.matched.value", Number: 148, Type: Strings, Column: Dict, Member: "Finding.MatchedValues", Ours: true, Doc: "Their values, in the same order."},
		{Name: "finding.actions", Number: 149, Type: Strings, Column: Dict, Member: "Finding.Actions", Ours: true, Doc: "Actions that the rule asks for."},
		{Name: "finding.event.action", Number: 150, Type: String, Column: Dict, Member: "Finding.EventKind", Ours: true, Doc: "Kind of the event that matched."},
		{Name: "finding.event.id", Number: 151, Type: String, Column: Plain, Member: "Finding.EventID", Ours: true, Doc: "Id of the event that matched."},
		{Name: "finding.event.ids", Number: 228, Type: Strings, Column: Plain, Member: "Finding.EventIDs", Ours: true, Doc: "Of a correlation: ids of some of the events that made it match, the newest ones."},
		{Name: "finding.group", Number: 229, Type: Strings, Column: Dict, Member: "Finding.Group", Ours: true, Doc: "Of a correlation: the values that its events share, in lower case."},
		{Name: "response.action", Number: 160, Type: String, Column: Dict, Member: "Response.Action", Ours: true, Doc: "Action: kill or suspend."},
		{Name: "response.mode", Number: 161, Type: String, Column: Dict, Member: "Response.Mode", Ours: true, Doc: "observe (only recorded) or on."},
		{Name: "response.result", Number: 162, Type: String, Column: Dict, Member: "Response.Result", Ours: true, Doc: "done, failed, refused or would."},
		{Name: "response.reason", Number: 163, Type: String, Column: Dict, Member: "Response.Reason", Ours: true, Doc: "Why, in a sentence."},
		{Name: "response.rule.id", Number: 164, Type: String, Column: Dict, Member: "Response.RuleID", Ours: true, Doc: "Rule whose finding asked for the action."},
		{Name: "response.target.entity_id", Number: 165, Type: String, Column: Dict, Member: "Response.EntityID", Ours: true, Doc: "Stable id of the process that was the target."},
		{Name: "response.target.pid", Number: 166, Type: Int, Column: Plain, Member: "Response.PID", Ours: true, Doc: "Process id of the target."},
		{Name: "response.latency", Number: 167, Type: Int, Column: Plain, Member: "Response.Latency", Ours: true, Doc: "Nanoseconds from the event to the end of the action."},
		{Name: "response.task.id", Number: 168, Type: String, Column: Dict, Member: "Response.TaskID", Ours: true, Doc: "Task that asked for the action."},
		{Name: "agent.version", Number: 180, Type: String, Column: Dict, Member: "Status.Version", Doc: "Version of the agent."},
		{Name: "agent.sensor.name", Number: 181, Type: String, Column: Dict, Member: "Status.Sensor", Ours: true, Doc: "Sensor that the event is about."},
		{Name: "agent.sensor.rung", Number: 182, Type: String, Column: Dict, Member: "Status.Rung", Ours: true, Doc: "Source that the sensor took; empty when none works."},
		{Name: "agent.sensor.reason", Number: 183, Type: String, Column: Dict, Member: "Status.RungReason", Ours: true, Doc: "Why better sources failed or the sensor ended."},
		{Name: "agent.loss.stage", Number: 184, Type: String, Column: Dict, Member: "Status.LossStage", Ours: true, Doc: "Stage that lost events: kernel, sensor, queue, spool, ship, ingest or lake."},
		{Name: "agent.loss.sensor", Number: 185, Type: String, Column: Dict, Member: "Status.LossSensor", Ours: true, Doc: "Sensor whose events were lost."},
		{Name: "agent.loss.action", Number: 186, Type: String, Column: Dict, Member: "Status.LossKind", Ours: true, Doc: "Kind of the events that were lost; empty when unknown."},
		{Name: "agent.loss.count", Number: 187, Type: OptInt64, Column: Plain, Member: "Status.LossCount", Ours: true, Doc: "Number of events; absent when it cannot be known."},
		{Name: "agent.loss.state", Number: 188, Type: String, Column: Dict, Member: "Status.LossState", Ours: true, Doc: "lost, cut, aggregated, blind or off."},
		{Name: "agent.loss.reason", Number: 189, Type: String, Column: Dict, Member: "Status.LossReason", Ours: true, Doc: "Why, in a sentence."},
		{Name: "agent.interval.from", Number: 190, Type: Instant, Column: Plain, Member: "Status.From", Ours: true, Doc: "Begin of the interval that the event is about."},
		{Name: "agent.interval.to", Number: 191, Type: Instant, Column: Plain, Member: "Status.To", Ours: true, Doc: "End of the interval that the event is about."},
		{Name: "agent.health.cpu_time", Number: 192, Type: Int, Column: Plain, Member: "Status.CPUMillis", Ours: true, Doc: "CPU time of the agent since its start, milliseconds."},
		{Name: "agent.health.resident_size", Number: 193, Type: Int, Column: Plain, Member: "Status.ResidentSize", Ours: true, Doc: "Resident memory of the agent, bytes."},
		{Name: "host.memory.used", Number: 194, Type: Int, Column: Plain, Member: "Status.MemoryUsed", Ours: true, Doc: "Memory of the host in use, bytes."},
		{Name: "host.memory.total", Number: 195, Type: Int, Column: Plain, Member: "Status.MemoryTotal", Ours: true, Doc: "Memory of the host, bytes."},
		{Name: "host.disk.used", Number: 196, Type: Int, Column: Plain, Member: "Status.DiskUsed", Ours: true, Doc: "Root file system in use, bytes."},
		{Name: "host.disk.total", Number: 197, Type: Int, Column: Plain, Member: "Status.DiskTotal", Ours: true, Doc: "Root file system, bytes."},
		{Name: "host.uptime", Number: 198, Type: Int, Column: Plain, Member: "Status.Uptime", Doc: "Seconds since the host started."},
		{Name: "host.cpu.percent", Number: 199, Type: Float, Column: Plain, Member: "Status.CPUPercent", Ours: true, Doc: "CPU use of the host since the last report, 0 to 100 times the number of processors."},
		{Name: "host.network.ingress.bytes", Number: 200, Type: Int, Column: Plain, Member: "Status.NetReceived", Doc: "Bytes received over all interfaces since boot."},
		{Name: "host.network.egress.bytes", Number: 201, Type: Int, Column: Plain, Member: "Status.NetSent", Doc: "Bytes sent over all interfaces since boot."},
		{Name: "log.source", Number: 220, Type: String, Column: Dict, Member: "Log.Source", Ours: true, Doc: "Source of the record: evtx, auditd, syslog, journald, jsonl."},
		{Name: "log.channel", Number: 221, Type: String, Column: Dict, Member: "Log.Channel", Ours: true, Doc: "Channel of the record."},
		{Name: "log.provider", Number: 222, Type: String, Column: Dict, Member: "Log.Provider", Ours: true, Doc: "Provider of the record."},
		{Name: "event.code", Number: 223, Type: String, Column: Dict, Member: "Log.Code", Doc: "Event id of the record."},
		{Name: "log.record_id", Number: 224, Type: String, Column: Plain, Member: "Log.RecordID", Ours: true, Doc: "Number of the record in its source."},
		{Name: "message", Number: 225, Type: String, Column: Dict, Member: "Log.Message", Doc: "Text of the record."},
		{Name: "log.names", Number: 226, Type: Strings, Column: Dict, Member: "Log.Names", Ours: true, Doc: "Names of the record's values."},
		{Name: "log.values", Number: 227, Type: Strings, Column: Dict, Member: "Log.Values", Ours: true, Doc: "Values of the record, in the order of log.names."},
	}
}
