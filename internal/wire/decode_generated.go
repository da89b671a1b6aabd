// Code generated from internal/event/field.go by internal/event/gen. DO NOT EDIT.

package wire

import (
	"math"

	"github.com/vedette-edr/vedette/internal/event"
)

// lots are the sections of the events of one batch, made many at a time.
type lots struct {
	events            lot[event.Event]
	process           lot[event.Process]
	processNamespaces lot[event.Namespaces]
	processHash       lot[event.Hash]
	processParent     lot[event.Parent]
	processAncestors  lot[event.Ancestors]
	processActivity   lot[event.Activity]
	user              lot[event.User]
	file              lot[event.File]
	fileHash          lot[event.Hash]
	net               lot[event.Net]
	target            lot[event.Target]
	call              lot[event.Call]
	logon             lot[event.Logon]
	dNS               lot[event.DNS]
	tLS               lot[event.TLS]
	script            lot[event.Script]
	change            lot[event.Change]
	device            lot[event.Device]
	finding           lot[event.Finding]
	response          lot[event.Response]
	status            lot[event.Status]
	log               lot[event.Log]
}

func (r *Reader) processOf(e *event.Event) *event.Process {
	if e.Process == nil {
		e.Process = r.lots.process.take(r.left)
	}
	return e.Process
}

func (r *Reader) processNamespacesOf(e *event.Event) *event.Namespaces {
	p := r.processOf(e)
	if p.Namespaces == nil {
		p.Namespaces = r.lots.processNamespaces.take(r.left)
	}
	return p.Namespaces
}

func (r *Reader) processHashOf(e *event.Event) *event.Hash {
	p := r.processOf(e)
	if p.Hash == nil {
		p.Hash = r.lots.processHash.take(r.left)
	}
	return p.Hash
}

func (r *Reader) processParentOf(e *event.Event) *event.Parent {
	p := r.processOf(e)
	if p.Parent == nil {
		p.Parent = r.lots.processParent.take(r.left)
	}
	return p.Parent
}

func (r *Reader) processAncestorsOf(e *event.Event) *event.Ancestors {
	p := r.processOf(e)
	if p.Ancestors == nil {
		p.Ancestors = r.lots.processAncestors.take(r.left)
	}
	return p.Ancestors
}

func (r *Reader) processActivityOf(e *event.Event) *event.Activity {
	p := r.processOf(e)
	if p.Activity == nil {
		p.Activity = r.lots.processActivity.take(r.left)
	}
	return p.Activity
}

func (r *Reader) userOf(e *event.Event) *event.User {
	if e.User == nil {
		e.User = r.lots.user.take(r.left)
	}
	return e.User
}

func (r *Reader) fileOf(e *event.Event) *event.File {
	if e.File == nil {
		e.File = r.lots.file.take(r.left)
	}
	return e.File
}

func (r *Reader) fileHashOf(e *event.Event) *event.Hash {
	p := r.fileOf(e)
	if p.Hash == nil {
		p.Hash = r.lots.fileHash.take(r.left)
	}
	return p.Hash
}

func (r *Reader) netOf(e *event.Event) *event.Net {
	if e.Net == nil {
		e.Net = r.lots.net.take(r.left)
	}
	return e.Net
}

func (r *Reader) targetOf(e *event.Event) *event.Target {
	if e.Target == nil {
		e.Target = r.lots.target.take(r.left)
	}
	return e.Target
}

func (r *Reader) callOf(e *event.Event) *event.Call {
	if e.Call == nil {
		e.Call = r.lots.call.take(r.left)
	}
	return e.Call
}

func (r *Reader) logonOf(e *event.Event) *event.Logon {
	if e.Logon == nil {
		e.Logon = r.lots.logon.take(r.left)
	}
	return e.Logon
}

func (r *Reader) dNSOf(e *event.Event) *event.DNS {
	if e.DNS == nil {
		e.DNS = r.lots.dNS.take(r.left)
	}
	return e.DNS
}

func (r *Reader) tLSOf(e *event.Event) *event.TLS {
	if e.TLS == nil {
		e.TLS = r.lots.tLS.take(r.left)
	}
	return e.TLS
}

func (r *Reader) scriptOf(e *event.Event) *event.Script {
	if e.Script == nil {
		e.Script = r.lots.script.take(r.left)
	}
	return e.Script
}

func (r *Reader) changeOf(e *event.Event) *event.Change {
	if e.Change == nil {
		e.Change = r.lots.change.take(r.left)
	}
	return e.Change
}

func (r *Reader) deviceOf(e *event.Event) *event.Device {
	if e.Device == nil {
		e.Device = r.lots.device.take(r.left)
	}
	return e.Device
}

func (r *Reader) findingOf(e *event.Event) *event.Finding {
	if e.Finding == nil {
		e.Finding = r.lots.finding.take(r.left)
	}
	return e.Finding
}

func (r *Reader) responseOf(e *event.Event) *event.Response {
	if e.Response == nil {
		e.Response = r.lots.response.take(r.left)
	}
	return e.Response
}

func (r *Reader) statusOf(e *event.Event) *event.Status {
	if e.Status == nil {
		e.Status = r.lots.status.take(r.left)
	}
	return e.Status
}

func (r *Reader) logOf(e *event.Event) *event.Log {
	if e.Log == nil {
		e.Log = r.lots.log.take(r.left)
	}
	return e.Log
}

// Numbers of the fields of sections that events share.
const (
	lowProcess, highProcess = 20, 70
	lowUser, highUser       = 72, 78
)

// read decodes an eventpb.Event into e, which must be empty. A field that is
// not known is passed over; one that stands twice counts once, a list goes on.
func (r *Reader) read(e *event.Event, b []byte) error {
	var (
		text string
		n    uint64
		ok   bool
	)
	for len(b) > 0 {
		var key uint64
		at := b
		if key, b, ok = cutVarint(b); !ok {
			return errCut
		}
		if number := key >> 3; number-r.open.low >= r.open.width {
			rest, err := r.cross(e, number, at)
			if err != nil {
				return err
			}
			if len(rest) < len(at) { // a whole section
				b = rest
				continue
			}
		}
		switch key {
		case 9: // @timestamp is 1
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				e.Time = event.Time(n)
			}
		case 17: // event.ingested is 2
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				e.Ingested = event.Time(n)
			}
		case 24: // event.action is 3
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n > math.MaxUint16 {
				return errKind
			}
			e.Kind = event.Kind(n)
		case 34: // agent.id is 4
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.Agent = text
			}
		case 40: // agent.epoch is 5
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				e.Epoch = int64(n)
			}
		case 48: // event.sequence is 6
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				e.Sequence = int64(n)
			}
		case 58: // host.name is 7
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.HostName = text
			}
		case 66: // event.provider is 8
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.Provider = text
			}
		case 74: // event.rung is 9
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.Rung = text
			}
		case 80: // event.sensor_sequence is 10
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				e.SensorSequence = int64(n)
			}
		case 90: // event.outcome is 11
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.Outcome = text
			}
		case 98: // error.code is 12
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.ErrorCode = text
			}
		case 106: // container.id is 13
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.ContainerID = text
			}
		case 162: // process.entity_id is 20
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).EntityID = text
			}
		case 168: // process.pid is 21
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).PID = int64(n)
			}
		case 176: // process.namespaced_pid is 22
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).NSPID = int64(n)
			}
		case 186: // process.name is 23
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).Name = text
			}
		case 194: // process.executable is 24
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).Executable = text
			}
		case 202: // process.command_line is 25
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).CommandLine = text
			}
		case 210: // process.args is 26
			l := &r.processOf(e).Args
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 216: // process.args_count is 27
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).ArgsCount = int64(n)
			}
		case 224: // process.args_size is 28
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).ArgsSize = int64(n)
			}
		case 234: // process.working_directory is 29
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).WorkingDirectory = text
			}
		case 242: // process.script is 30
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).Script = text
			}
		case 249: // process.start is 31
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).Start = event.Time(n)
			}
		case 257: // process.end is 32
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).End = event.Time(n)
			}
		case 264: // process.exit_code is 33
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.processOf(e).ExitCode = event.Some(unzigzag(n))
		case 274: // process.tty.name is 34
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).TTY = text
			}
		case 280: // process.session_leader.pid is 35
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).SessionID = int64(n)
			}
		case 288: // process.group_leader.pid is 36
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).GroupID = int64(n)
			}
		case 298: // process.audit_user.id is 37
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).AuditUserID = text
			}
		case 306: // process.audit_session.id is 38
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).AuditSessionID = text
			}
		case 314: // process.capabilities is 39
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).Capabilities = text
			}
		case 320: // process.memory_backed is 40
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).MemoryBacked = true
			}
		case 328: // process.cgroup.id is 41
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).CgroupID = int64(n)
			}
		case 338: // process.cgroup.path is 42
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).CgroupPath = text
			}
		case 344: // process.namespace.pid is 43
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processNamespacesOf(e).PID = int64(n)
			}
		case 352: // process.namespace.mount is 44
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processNamespacesOf(e).Mount = int64(n)
			}
		case 360: // process.namespace.net is 45
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processNamespacesOf(e).Net = int64(n)
			}
		case 368: // process.namespace.uts is 46
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processNamespacesOf(e).UTS = int64(n)
			}
		case 378: // process.hash.md5 is 47
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processHashOf(e).MD5 = text
			}
		case 386: // process.hash.sha1 is 48
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processHashOf(e).SHA1 = text
			}
		case 394: // process.hash.sha256 is 49
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processHashOf(e).SHA256 = text
			}
		case 402: // process.hash_status is 50
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processHashOf(e).Status = text
			}
		case 410: // process.parent.entity_id is 51
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).EntityID = text
			}
		case 416: // process.parent.pid is 52
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processParentOf(e).PID = int64(n)
			}
		case 426: // process.parent.name is 53
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).Name = text
			}
		case 434: // process.parent.executable is 54
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).Executable = text
			}
		case 442: // process.parent.command_line is 55
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).CommandLine = text
			}
		case 450: // process.parent.working_directory is 56
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).WorkingDirectory = text
			}
		case 458: // process.ancestors.entity_id is 57
			l := &r.processAncestorsOf(e).EntityIDs
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 466: // process.ancestors.name is 58
			l := &r.processAncestorsOf(e).Names
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 474: // process.ancestors.executable is 59
			l := &r.processAncestorsOf(e).Executables
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 482: // process.ancestors.command_line is 60
			l := &r.processAncestorsOf(e).CommandLines
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 488: // process.activity.children is 61
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).Children = int64(n)
			}
		case 496: // process.activity.executions is 62
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).Executions = int64(n)
			}
		case 504: // process.activity.files_created is 63
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).FilesCreated = int64(n)
			}
		case 512: // process.activity.files_written is 64
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).FilesWritten = int64(n)
			}
		case 520: // process.activity.files_renamed is 65
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).FilesRenamed = int64(n)
			}
		case 528: // process.activity.files_deleted is 66
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).FilesDeleted = int64(n)
			}
		case 536: // process.activity.connections is 67
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).Connections = int64(n)
			}
		case 544: // process.activity.accepts is 68
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).Accepts = int64(n)
			}
		case 554: // process.env_vars is 69
			l := &r.processOf(e).Environment
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 562: // process.hash.tlsh is 70
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processHashOf(e).TLSH = text
			}
		case 578: // user.id is 72
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).ID = text
			}
		case 586: // user.name is 73
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).Name = text
			}
		case 594: // user.group.id is 74
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).GroupID = text
			}
		case 602: // user.group.name is 75
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).GroupName = text
			}
		case 610: // user.effective.id is 76
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).EffectiveID = text
			}
		case 618: // user.effective.name is 77
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).EffectiveName = text
			}
		case 626: // user.effective.group.id is 78
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).EffectiveGroupID = text
			}
		case 642: // file.path is 80
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Path = text
			}
		case 650: // file.original_path is 81
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).OriginalPath = text
			}
		case 658: // file.target_path is 82
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).TargetPath = text
			}
		case 666: // file.name is 83
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Name = text
			}
		case 674: // file.directory is 84
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Directory = text
			}
		case 682: // file.extension is 85
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Extension = text
			}
		case 690: // file.type is 86
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Type = text
			}
		case 696: // file.size is 87
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.fileOf(e).Size = event.Some(unzigzag(n))
		case 706: // file.mode is 88
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Mode = text
			}
		case 714: // file.previous_mode is 89
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).PreviousMode = text
			}
		case 722: // file.uid is 90
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).UID = text
			}
		case 730: // file.gid is 91
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).GID = text
			}
		case 738: // file.previous_uid is 92
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).PreviousUID = text
			}
		case 746: // file.previous_gid is 93
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).PreviousGID = text
			}
		case 754: // file.owner is 94
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Owner = text
			}
		case 762: // file.group is 95
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Group = text
			}
		case 768: // file.inode is 96
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.fileOf(e).Inode = int64(n)
			}
		case 776: // file.device_number is 97
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.fileOf(e).Device = int64(n)
			}
		case 784: // file.link_count is 98
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.fileOf(e).Links = event.Some(unzigzag(n))
		case 794: // file.filesystem is 99
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Filesystem = text
			}
		case 801: // file.mtime is 100
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.fileOf(e).Modified = event.Time(n)
			}
		case 809: // file.ctime is 101
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.fileOf(e).Changed = event.Time(n)
			}
		case 818: // file.open_flags is 102
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).OpenFlags = text
			}
		case 826: // file.xattr.name is 103
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).XattrName = text
			}
		case 2752: // file.offset is 344
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.fileOf(e).Offset = event.Some(unzigzag(n))
		case 834: // file.hash.md5 is 104
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileHashOf(e).MD5 = text
			}
		case 842: // file.hash.sha1 is 105
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileHashOf(e).SHA1 = text
			}
		case 850: // file.hash.sha256 is 106
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileHashOf(e).SHA256 = text
			}
		case 858: // file.hash_status is 107
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileHashOf(e).Status = text
			}
		case 962: // source.ip is 120
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				if r.netOf(e).SourceIP, ok = address(text); !ok {
					return errAddress
				}
			}
		case 968: // source.port is 121
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.netOf(e).SourcePort = int64(n)
			}
		case 978: // destination.ip is 122
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				if r.netOf(e).DestinationIP, ok = address(text); !ok {
					return errAddress
				}
			}
		case 984: // destination.port is 123
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.netOf(e).DestinationPort = int64(n)
			}
		case 994: // destination.domain is 124
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.netOf(e).DestinationDomain = text
			}
		case 1002: // network.transport is 125
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.netOf(e).Transport = text
			}
		case 2162: // network.iana_number is 270
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.netOf(e).Protocol = text
			}
		case 1010: // network.type is 126
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.netOf(e).Type = text
			}
		case 1018: // network.direction is 127
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.netOf(e).Direction = text
			}
		case 2760: // source.bytes is 345
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.netOf(e).SourceBytes = event.Some(unzigzag(n))
		case 2768: // destination.bytes is 346
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.netOf(e).DestinationBytes = event.Some(unzigzag(n))
		case 2776: // network.bytes is 347
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.netOf(e).Bytes = event.Some(unzigzag(n))
		case 2784: // event.duration is 348
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.netOf(e).Duration = int64(n)
			}
		case 1922: // process.target.entity_id is 240
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.targetOf(e).EntityID = text
			}
		case 1928: // process.target.pid is 241
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.targetOf(e).PID = int64(n)
			}
		case 1936: // process.target.namespace.pid is 242
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.targetOf(e).PIDNamespace = int64(n)
			}
		case 1946: // process.target.name is 243
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.targetOf(e).Name = text
			}
		case 1954: // process.target.executable is 244
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.targetOf(e).Executable = text
			}
		case 1962: // process.target.command_line is 245
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.targetOf(e).CommandLine = text
			}
		case 1970: // call.name is 246
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).Name = text
			}
		case 1978: // call.operation is 247
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).Operation = text
			}
		case 1986: // call.flags is 248
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).Flags = text
			}
		case 1994: // call.signal is 249
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).Signal = text
			}
		case 2000: // call.address is 250
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).Address = int64(n)
			}
		case 2008: // call.size is 251
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).Size = int64(n)
			}
		case 2016: // event.count is 252
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).Count = int64(n)
			}
		case 2025: // event.start is 253
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).First = event.Time(n)
			}
		case 2033: // event.end is 254
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).Last = event.Time(n)
			}
		case 2042: // user.previous.id is 255
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousUID = text
			}
		case 2050: // user.previous.group.id is 256
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousGID = text
			}
		case 2058: // user.previous.effective.id is 257
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousEffectiveUID = text
			}
		case 2066: // user.previous.effective.group.id is 258
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousEffectiveGID = text
			}
		case 2074: // process.previous_capabilities is 259
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousCapabilities = text
			}
		case 2082: // module.name is 260
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).ModuleName = text
			}
		case 2090: // module.arguments is 261
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).ModuleArguments = text
			}
		case 2098: // bpf.program.name is 262
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).BPFName = text
			}
		case 2106: // bpf.program.type is 263
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).BPFType = text
			}
		case 2112: // bpf.program.id is 264
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).BPFID = int64(n)
			}
		case 2122: // bpf.program.function is 265
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).BPFFunction = text
			}
		case 2130: // bpf.attach_type is 266
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).BPFAttach = text
			}
		case 2138: // mount.source is 267
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).MountSource = text
			}
		case 2146: // mount.directory is 268
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).MountDirectory = text
			}
		case 2154: // mount.filesystem is 269
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).MountFilesystem = text
			}
		case 2242: // event.reason is 280
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.Reason = text
			}
		case 2266: // file.hash.tlsh is 283
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileHashOf(e).TLSH = text
			}
		case 2273: // file.entropy is 284
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.fileOf(e).Entropy = math.Float64frombits(n)
			}
		case 2282: // file.header_bytes is 285
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Header = text
			}
		case 2290: // logon.user.name is 286
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logonOf(e).UserName = text
			}
		case 2298: // logon.user.id is 287
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logonOf(e).UserID = text
			}
		case 2306: // logon.session.id is 288
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logonOf(e).SessionID = text
			}
		case 2314: // logon.service is 289
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logonOf(e).Service = text
			}
		case 2322: // logon.method is 290
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logonOf(e).Method = text
			}
		case 2330: // logon.type is 291
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logonOf(e).Type = text
			}
		case 2338: // logon.line is 292
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logonOf(e).Line = text
			}
		case 2346: // source.address is 293
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logonOf(e).Address = text
			}
		case 2353: // logon.start is 294
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.logonOf(e).Start = event.Time(n)
			}
		case 2360: // dns.id is 295
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.dNSOf(e).ID = int64(n)
			}
		case 2370: // dns.type is 296
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.dNSOf(e).Type = text
			}
		case 2378: // dns.question.name is 297
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.dNSOf(e).Name = text
			}
		case 2386: // dns.question.type is 298
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.dNSOf(e).QuestionType = text
			}
		case 2394: // dns.question.class is 299
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.dNSOf(e).QuestionClass = text
			}
		case 2402: // dns.response_code is 300
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.dNSOf(e).ResponseCode = text
			}
		case 2410: // dns.header_flags is 301
			l := &r.dNSOf(e).Flags
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2418: // dns.answers.name is 302
			l := &r.dNSOf(e).AnswerNames
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2426: // dns.answers.type is 303
			l := &r.dNSOf(e).AnswerTypes
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2434: // dns.answers.data is 304
			l := &r.dNSOf(e).Answers
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2442: // dns.resolved_ip is 305
			l := &r.dNSOf(e).Resolved
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2744: // dns.ttl is 343
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.dNSOf(e).TTL = int64(n)
			}
		case 2448: // dns.library is 306
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.dNSOf(e).ViaLibrary = true
			}
		case 2458: // tls.client.server_name is 307
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.tLSOf(e).ServerName = text
			}
		case 2466: // tls.client.ja4 is 308
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.tLSOf(e).JA4 = text
			}
		case 2474: // tls.version is 309
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.tLSOf(e).Version = text
			}
		case 2482: // tls.client.protocols is 310
			l := &r.tLSOf(e).Protocols
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2490: // tls.client.supported_ciphers is 311
			l := &r.tLSOf(e).Ciphers
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2498: // script.path is 312
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.scriptOf(e).Path = text
			}
		case 2506: // script.interpreter is 313
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.scriptOf(e).Interpreter = text
			}
		case 2514: // script.source is 314
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.scriptOf(e).Source = text
			}
		case 2522: // script.content is 315
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.scriptOf(e).Content = text
			}
		case 2528: // script.size is 316
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.scriptOf(e).Size = event.Some(unzigzag(n))
		case 2538: // script.hash.sha256 is 317
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.scriptOf(e).SHA256 = text
			}
		case 2544: // script.truncated is 318
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.scriptOf(e).Truncated = true
			}
		case 2554: // change.object is 319
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).Object = text
			}
		case 2562: // change.name is 320
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).Name = text
			}
		case 2570: // change.field is 321
			l := &r.changeOf(e).Fields
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2578: // change.before is 322
			l := &r.changeOf(e).Before
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2586: // change.after is 323
			l := &r.changeOf(e).After
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 2594: // user.target.name is 324
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).UserName = text
			}
		case 2602: // user.target.id is 325
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).UserID = text
			}
		case 2610: // group.name is 326
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).GroupName = text
			}
		case 2618: // task.schedule is 327
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).TaskSchedule = text
			}
		case 2626: // task.command is 328
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).TaskCommand = text
			}
		case 2634: // task.user.name is 329
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).TaskUser = text
			}
		case 2642: // task.type is 330
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).TaskType = text
			}
		case 2650: // service.state is 331
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).ServiceState = text
			}
		case 2658: // service.command is 332
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).ServiceCommand = text
			}
		case 2666: // service.user is 333
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).ServiceUser = text
			}
		case 2674: // service.operation is 334
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).ServiceOperation = text
			}
		case 2682: // package.version is 335
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).PackageVersion = text
			}
		case 2690: // package.type is 336
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.changeOf(e).PackageType = text
			}
		case 2698: // device.id is 337
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.deviceOf(e).ID = text
			}
		case 2706: // device.manufacturer is 338
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.deviceOf(e).Vendor = text
			}
		case 2714: // device.model.name is 339
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.deviceOf(e).Model = text
			}
		case 2722: // device.serial_number is 340
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.deviceOf(e).Serial = text
			}
		case 2730: // device.type is 341
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.deviceOf(e).Type = text
			}
		case 2738: // device.bus is 342
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.deviceOf(e).Bus = text
			}
		case 1122: // rule.id is 140
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).RuleID = text
			}
		case 1130: // rule.name is 141
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).RuleName = text
			}
		case 1138: // rule.format is 142
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).RuleFormat = text
			}
		case 1146: // rule.level is 143
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).Level = text
			}
		case 1152: // event.severity is 144
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.findingOf(e).Severity = int64(n)
			}
		case 1162: // threat.technique.id is 145
			l := &r.findingOf(e).Techniques
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 1170: // threat.tactic.name is 146
			l := &r.findingOf(e).Tactics
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 1178: // finding.matched.field is 147
			l := &r.findingOf(e).MatchedFields
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 1186: // finding.matched.value is 148
			l := &r.findingOf(e).MatchedValues
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 1194: // finding.actions is 149
			l := &r.findingOf(e).Actions
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 1202: // finding.event.action is 150
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).EventKind = text
			}
		case 1210: // finding.event.id is 151
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).EventID = text
			}
		case 1826: // finding.event.ids is 228
			l := &r.findingOf(e).EventIDs
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 1834: // finding.group is 229
			l := &r.findingOf(e).Group
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 1282: // response.action is 160
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).Action = text
			}
		case 1290: // response.mode is 161
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).Mode = text
			}
		case 1298: // response.result is 162
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).Result = text
			}
		case 1306: // response.reason is 163
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).Reason = text
			}
		case 1314: // response.rule.id is 164
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).RuleID = text
			}
		case 1322: // response.target.entity_id is 165
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).EntityID = text
			}
		case 1328: // response.target.pid is 166
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.responseOf(e).PID = int64(n)
			}
		case 1336: // response.latency is 167
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.responseOf(e).Latency = int64(n)
			}
		case 1346: // response.task.id is 168
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).TaskID = text
			}
		case 1442: // agent.version is 180
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).Version = text
			}
		case 1450: // agent.sensor.name is 181
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).Sensor = text
			}
		case 1458: // agent.sensor.rung is 182
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).Rung = text
			}
		case 1466: // agent.sensor.reason is 183
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).RungReason = text
			}
		case 1474: // agent.loss.stage is 184
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossStage = text
			}
		case 1482: // agent.loss.sensor is 185
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossSensor = text
			}
		case 1490: // agent.loss.action is 186
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossKind = text
			}
		case 1496: // agent.loss.count is 187
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.statusOf(e).LossCount = event.Some(unzigzag(n))
		case 1506: // agent.loss.state is 188
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossState = text
			}
		case 1514: // agent.loss.reason is 189
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossReason = text
			}
		case 1521: // agent.interval.from is 190
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).From = event.Time(n)
			}
		case 1529: // agent.interval.to is 191
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).To = event.Time(n)
			}
		case 1536: // agent.health.cpu_time is 192
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).CPUMillis = int64(n)
			}
		case 1544: // agent.health.resident_size is 193
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).ResidentSize = int64(n)
			}
		case 1552: // host.memory.used is 194
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).MemoryUsed = int64(n)
			}
		case 1560: // host.memory.total is 195
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).MemoryTotal = int64(n)
			}
		case 1568: // host.disk.used is 196
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).DiskUsed = int64(n)
			}
		case 1576: // host.disk.total is 197
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).DiskTotal = int64(n)
			}
		case 1584: // host.uptime is 198
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).Uptime = int64(n)
			}
		case 1593: // host.cpu.percent is 199
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).CPUPercent = math.Float64frombits(n)
			}
		case 1600: // host.network.ingress.bytes is 200
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).NetReceived = int64(n)
			}
		case 1608: // host.network.egress.bytes is 201
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).NetSent = int64(n)
			}
		case 1762: // log.source is 220
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Source = text
			}
		case 1770: // log.channel is 221
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Channel = text
			}
		case 1778: // log.provider is 222
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Provider = text
			}
		case 1786: // event.code is 223
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Code = text
			}
		case 1794: // log.record_id is 224
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).RecordID = text
			}
		case 1802: // message is 225
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Message = text
			}
		case 1810: // log.names is 226
			l := &r.logOf(e).Names
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 1818: // log.values is 227
			l := &r.logOf(e).Values
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		default:
			var err error
			if b, err = pass(key, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// isField reports whether a number is that of a field.
func isField(number uint64) bool {
	switch number {
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 72, 73, 74, 75, 76, 77, 78, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 344, 104, 105, 106, 107, 120, 121, 122, 123, 124, 125, 270, 126, 127, 345, 346, 347, 348, 240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 280, 283, 284, 285, 286, 287, 288, 289, 290, 291, 292, 293, 294, 295, 296, 297, 298, 299, 300, 301, 302, 303, 304, 305, 343, 306, 307, 308, 309, 310, 311, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328, 329, 330, 331, 332, 333, 334, 335, 336, 337, 338, 339, 340, 341, 342, 140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 150, 151, 228, 229, 160, 161, 162, 163, 164, 165, 166, 167, 168, 180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 201, 220, 221, 222, 223, 224, 225, 226, 227:
		return true
	}
	return false
}
