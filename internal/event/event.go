// Package event holds the one event type of Vedette. Everything that a sensor
// sees, a rule finds, an action does or the agent says about itself is an
// Event: a common header and optional sections, nil when absent. The list of
// fields with their ECS names is in field.go; JSON, the wire message, the
// stored columns and docs/fields.md are made from it.
//
// An Event belongs to one goroutine at a time and is handed on along the
// pipeline; sections may be shared between events and are then read-only.
package event

import (
	"fmt"
	"net/netip"
	"time"
)

// Event is one thing that happened on one host.
type Event struct {
	Time           Time   // when it happened, by the host's clock
	Ingested       Time   // when the manager accepted it
	Kind           Kind   // what happened
	Agent          string // id that the manager gave the agent at enrolment
	Epoch          int64  // run of the spool that numbered the event
	Sequence       int64  // number within the epoch, from 1, without gaps
	HostName       string
	Provider       string // sensor that saw it, for example "exec"
	Rung           string // source that the sensor used, for example "tp_btf"
	SensorSequence int64  // number given by the sensor, from 1; a gap is a loss
	Outcome        string // "success", "failure" or empty when unknown
	ErrorCode      string // errno name of a failure, for example "EACCES"
	ContainerID    string
	Reason         string // why, as the source gives it

	Process  *Process
	User     *User
	File     *File
	Net      *Net
	Target   *Target
	Call     *Call
	Logon    *Logon
	DNS      *DNS
	TLS      *TLS
	Script   *Script
	Change   *Change
	Device   *Device
	Finding  *Finding
	Response *Response
	Status   *Status
	Log      *Log
}

// ID returns the identity of the event, unique over all hosts: the agent, the
// epoch and the sequence, joined with "-".
func (e *Event) ID() string {
	if e.Agent == "" && e.Sequence == 0 {
		return ""
	}
	return fmt.Sprintf("%s-%d-%d", e.Agent, e.Epoch, e.Sequence)
}

// Time is a point in time in nanoseconds since 1970-01-01 UTC; 0 is absent.
type Time int64

// At converts a time.Time; the zero time is absent.
func At(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixNano())
}

// Std returns t in UTC.
func (t Time) Std() time.Time { return time.Unix(0, int64(t)).UTC() }

// OptInt is a number whose zero is a value: an exit code, a size.
type OptInt struct {
	N  int64
	OK bool // N is present
}

// Some returns a present OptInt.
func Some(n int64) OptInt { return OptInt{N: n, OK: true} }

// Process is a process as it was when the event happened.
type Process struct {
	EntityID         string // stable over the host's life, also when the pid is reused
	PID              int64
	NSPID            int64 // pid inside its own pid namespace
	Name             string
	Executable       string
	CommandLine      string
	Args             []string
	ArgsCount        int64
	ArgsSize         int64 // true size in bytes, also where Args was cut
	WorkingDirectory string
	Script           string // the file that a #! line handed to an interpreter
	Start            Time
	End              Time
	ExitCode         OptInt
	TTY              string
	SessionID        int64 // pid of the session leader
	GroupID          int64 // pid of the process group leader
	AuditUserID      string
	AuditSessionID   string
	Capabilities     string   // effective set, 16 hexadecimal digits
	MemoryBacked     bool     // runs from a memfd or an unlinked file
	Environment      []string // NAME=value of the variables that change what is loaded, such as LD_PRELOAD
	CgroupID         int64
	CgroupPath       string
	Namespaces       *Namespaces
	Hash             *Hash // of the executable
	Parent           *Parent
	Ancestors        *Ancestors
	Activity         *Activity // of the whole life; only in process_end
}

// Namespaces are the inode numbers of the namespaces of a process.
type Namespaces struct {
	PID, Mount, Net, UTS int64
}

// Activity counts what a process did while the agent watched.
type Activity struct {
	Children, Executions                                   int64
	FilesCreated, FilesWritten, FilesRenamed, FilesDeleted int64
	Connections, Accepts                                   int64
}

// Parent is the process that started the process.
type Parent struct {
	EntityID         string
	PID              int64
	Name             string
	Executable       string
	CommandLine      string
	WorkingDirectory string
}

// Ancestors lists the chain above a process in parallel, the parent first.
type Ancestors struct {
	EntityIDs    []string
	Names        []string
	Executables  []string
	CommandLines []string // only in findings
}

// Hash holds digests of a file as lower-case hexadecimal text.
type Hash struct {
	MD5, SHA1, SHA256 string
	TLSH              string // empty when the file is too small or too uniform for one
	Status            string // empty when whole, else why a digest is missing
}

// User is who acted.
type User struct {
	ID, Name                   string
	GroupID, GroupName         string
	EffectiveID, EffectiveName string
	EffectiveGroupID           string
}

// File is the object of a file event, and the executable image of a
// process_start.
type File struct {
	Path         string
	OriginalPath string // before a rename
	TargetPath   string // of a link
	Name         string
	Directory    string
	Extension    string // without the dot, as written
	Type         string // file, dir, symlink, device, pipe, socket
	Size         OptInt
	Mode         string // permission bits, octal, four digits
	PreviousMode string
	UID, GID     string
	PreviousUID  string
	PreviousGID  string
	Owner, Group string
	Inode        int64
	Device       int64 // kernel device number of the file system
	Links        OptInt
	Filesystem   string // for example ext4, tmpfs, overlay
	Modified     Time
	Changed      Time
	OpenFlags    string // for example O_RDWR|O_CREAT
	XattrName    string
	Offset       OptInt  // where what the event is about begins, bytes
	Entropy      float64 // of the bytes, 0 to 8 bits; 0 is absent
	Header       string  // first bytes, hexadecimal
	Hash         *Hash
}

// Net is one end-to-end conversation or a listening socket.
type Net struct {
	SourceIP          netip.Addr
	SourcePort        int64
	DestinationIP     netip.Addr
	DestinationPort   int64
	DestinationDomain string
	Transport         string // tcp, udp, raw, packet
	Protocol          string // number of the protocol; of a packet socket the type of frame
	Type              string // ipv4, ipv6
	Direction         string // ingress, egress, listen
	SourceBytes       OptInt // sent by the source; in the end of a connection
	DestinationBytes  OptInt // sent by the destination
	Bytes             OptInt // both together
	Duration          int64  // of the connection, nanoseconds
}

// Target is the process that another process acted on.
type Target struct {
	EntityID         string
	PID              int64 // in the agent's pid namespace, or in PIDNamespace
	PIDNamespace     int64 // when PID is a number of another pid namespace that could not be resolved
	Name, Executable string
	CommandLine      string
}

// Call is a system call that matters by itself, and what it was about.
type Call struct {
	Name      string // of the system call
	Operation string // what was asked for, for example PTRACE_ATTACH
	Flags     string // names of bits joined with |
	Signal    string
	Address   int64 // of memory
	Size      int64 // of memory, bytes
	Count     int64 // calls that the event stands for, when more than one
	First     Time  // of these calls
	Last      Time

	PreviousUID          string
	PreviousGID          string
	PreviousEffectiveUID string
	PreviousEffectiveGID string
	PreviousCapabilities string

	ModuleName, ModuleArguments string

	BPFName, BPFType, BPFFunction, BPFAttach string
	BPFID                                    int64

	MountSource, MountDirectory, MountFilesystem string
}

// Logon is a session of a user, or the attempt to begin one.
type Logon struct {
	UserName, UserID string // who logs on; Event.User is who runs the process that let them
	SessionID        string // of logind, else of the audit system
	Service          string // program that asks, for example sshd
	Method           string // password, publickey, ...
	Type             string // remote, local, su, cron, ...
	Line             string // terminal
	Address          string // where the user comes from, a name or an address
	Start            Time   // of the session, in its end
}

// DNS is a question about a name and what was answered.
type DNS struct {
	ID            int64
	Type          string // query or answer
	Name          string // asked for, lower case, without the last dot
	QuestionType  string // A, AAAA, ...
	QuestionClass string
	ResponseCode  string // NOERROR, NXDOMAIN, ...
	Flags         []string
	AnswerNames   []string // parallel with AnswerTypes and Answers
	AnswerTypes   []string
	Answers       []string
	Resolved      []string // the addresses among the answers
	TTL           int64    // seconds that the addresses are good for, the shortest
	ViaLibrary    bool     // seen in the call of a library, not on the network
}

// TLS is the first message of a client.
type TLS struct {
	ServerName string
	JA4        string
	Version    string   // the highest that the client offers
	Protocols  []string // ALPN
	Ciphers    []string // four hexadecimal digits each
}

// Script is the text of a program that an interpreter runs.
type Script struct {
	Path        string
	Interpreter string
	Source      string // file, argument, stdin, readline, history
	Content     string // bounded
	Size        OptInt // bytes, also where Content was cut
	SHA256      string // of all of it
	Truncated   bool
	// Repeated takes the place of Content when that was told before: rules see
	// it, it is neither stored nor sent. See Shown.
	Repeated string
}

// Shown returns s with all of its text in Content.
func (s *Script) Shown() *Script {
	if s == nil || s.Repeated == "" {
		return s
	}
	shown := *s
	shown.Content, shown.Repeated = s.Repeated, ""
	return &shown
}

// Change is a change of something that the host is configured with, as it
// differs from before.
type Change struct {
	Object string // user, group, task, service, package, setting, firewall
	Name   string
	Fields []string // what differs, parallel with Before and After
	Before []string
	After  []string

	UserName, UserID string // account that is changed
	GroupName        string
	TaskSchedule     string
	TaskCommand      string
	TaskUser         string
	TaskType         string // cron, at, anacron, systemd
	ServiceState     string // enabled, disabled, active, ...
	ServiceCommand   string
	ServiceUser      string
	ServiceOperation string // start, stop, restart, reload, enable, disable, ...
	PackageVersion   string
	PackageType      string // deb, rpm, apk
}

// Device is a device that was plugged in or out.
type Device struct {
	ID, Vendor, Model, Serial, Type, Bus string
}

// Finding says that a rule matched the event whose sections stand beside it.
type Finding struct {
	RuleID        string
	RuleName      string
	RuleFormat    string // sigma, condition, ...
	Level         string // informational, low, medium, high, critical
	Severity      int64  // 1 to 5, of Level
	Techniques    []string
	Tactics       []string
	MatchedFields []string // parallel with MatchedValues
	MatchedValues []string
	Actions       []string // what the rule asks for
	EventKind     string   // kind of the event that matched
	EventID       string
	EventIDs      []string // of a correlation: some of its events, the newest ones
	Group         []string // of a correlation: the values that its events share
}

// Response says what an action did to a host because of a finding or a task.
type Response struct {
	Action   string // kill, suspend
	Mode     string // observe, on
	Result   string // done, failed, refused, would
	Reason   string
	RuleID   string
	EntityID string // process that was the target
	PID      int64
	Latency  int64 // nanoseconds from the event's time to the end of the action
	TaskID   string
}

// Status is what the agent says about itself and its host.
type Status struct {
	Version      string
	Sensor       string
	Rung         string
	RungReason   string // why better rungs failed, or why the sensor ended
	LossStage    string // kernel, sensor, queue, spool, ship, ingest, lake
	LossSensor   string
	LossKind     string
	LossCount    OptInt
	LossState    string // lost, cut, aggregated, blind, off
	LossReason   string
	From         Time // interval that a loss or a sensor's state covers
	To           Time
	CPUMillis    int64 // CPU time of the agent since its start
	ResidentSize int64 // resident memory of the agent, bytes
	MemoryUsed   int64 // memory of the host in use, bytes
	MemoryTotal  int64
	DiskUsed     int64 // root file system, bytes
	DiskTotal    int64
	Uptime       int64 // of the host, seconds
	CPUPercent   float64
	NetReceived  int64 // bytes over all interfaces since boot
	NetSent      int64
}

// Log is a record that another program wrote; the only place where names are data.
type Log struct {
	Source, Channel, Provider string
	Code                      string
	RecordID                  string
	Message                   string
	Names                     []string // parallel with Values
	Values                    []string
}
