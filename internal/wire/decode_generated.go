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
	lowProcess, highProcess = 20, 68
	lowUser, highUser       = 70, 76
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
		case 1<<3 | 1: // @timestamp
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				e.Time = event.Time(n)
			}
		case 2<<3 | 1: // event.ingested
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				e.Ingested = event.Time(n)
			}
		case 3<<3 | 0: // event.action
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n > math.MaxUint16 {
				return errKind
			}
			e.Kind = event.Kind(n)
		case 4<<3 | 2: // agent.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.Agent = text
			}
		case 5<<3 | 0: // agent.epoch
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				e.Epoch = int64(n)
			}
		case 6<<3 | 0: // event.sequence
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				e.Sequence = int64(n)
			}
		case 7<<3 | 2: // host.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.HostName = text
			}
		case 8<<3 | 2: // event.provider
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.Provider = text
			}
		case 9<<3 | 2: // event.rung
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.Rung = text
			}
		case 10<<3 | 0: // event.sensor_sequence
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				e.SensorSequence = int64(n)
			}
		case 11<<3 | 2: // event.outcome
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.Outcome = text
			}
		case 12<<3 | 2: // error.code
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.ErrorCode = text
			}
		case 13<<3 | 2: // container.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				e.ContainerID = text
			}
		case 20<<3 | 2: // process.entity_id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).EntityID = text
			}
		case 21<<3 | 0: // process.pid
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).PID = int64(n)
			}
		case 22<<3 | 0: // process.namespaced_pid
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).NSPID = int64(n)
			}
		case 23<<3 | 2: // process.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).Name = text
			}
		case 24<<3 | 2: // process.executable
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).Executable = text
			}
		case 25<<3 | 2: // process.command_line
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).CommandLine = text
			}
		case 26<<3 | 2: // process.args
			l := &r.processOf(e).Args
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 27<<3 | 0: // process.args_count
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).ArgsCount = int64(n)
			}
		case 28<<3 | 0: // process.args_size
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).ArgsSize = int64(n)
			}
		case 29<<3 | 2: // process.working_directory
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).WorkingDirectory = text
			}
		case 30<<3 | 2: // process.script
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).Script = text
			}
		case 31<<3 | 1: // process.start
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).Start = event.Time(n)
			}
		case 32<<3 | 1: // process.end
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).End = event.Time(n)
			}
		case 33<<3 | 0: // process.exit_code
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.processOf(e).ExitCode = event.Some(unzigzag(n))
		case 34<<3 | 2: // process.tty.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).TTY = text
			}
		case 35<<3 | 0: // process.session_leader.pid
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).SessionID = int64(n)
			}
		case 36<<3 | 0: // process.group_leader.pid
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).GroupID = int64(n)
			}
		case 37<<3 | 2: // process.audit_user.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).AuditUserID = text
			}
		case 38<<3 | 2: // process.audit_session.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).AuditSessionID = text
			}
		case 39<<3 | 2: // process.capabilities
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).Capabilities = text
			}
		case 40<<3 | 0: // process.memory_backed
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).MemoryBacked = true
			}
		case 41<<3 | 0: // process.cgroup.id
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processOf(e).CgroupID = int64(n)
			}
		case 42<<3 | 2: // process.cgroup.path
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processOf(e).CgroupPath = text
			}
		case 43<<3 | 0: // process.namespace.pid
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processNamespacesOf(e).PID = int64(n)
			}
		case 44<<3 | 0: // process.namespace.mount
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processNamespacesOf(e).Mount = int64(n)
			}
		case 45<<3 | 0: // process.namespace.net
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processNamespacesOf(e).Net = int64(n)
			}
		case 46<<3 | 0: // process.namespace.uts
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processNamespacesOf(e).UTS = int64(n)
			}
		case 47<<3 | 2: // process.hash.md5
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processHashOf(e).MD5 = text
			}
		case 48<<3 | 2: // process.hash.sha1
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processHashOf(e).SHA1 = text
			}
		case 49<<3 | 2: // process.hash.sha256
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processHashOf(e).SHA256 = text
			}
		case 50<<3 | 2: // process.hash_status
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processHashOf(e).Status = text
			}
		case 51<<3 | 2: // process.parent.entity_id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).EntityID = text
			}
		case 52<<3 | 0: // process.parent.pid
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processParentOf(e).PID = int64(n)
			}
		case 53<<3 | 2: // process.parent.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).Name = text
			}
		case 54<<3 | 2: // process.parent.executable
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).Executable = text
			}
		case 55<<3 | 2: // process.parent.command_line
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).CommandLine = text
			}
		case 56<<3 | 2: // process.parent.working_directory
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.processParentOf(e).WorkingDirectory = text
			}
		case 57<<3 | 2: // process.ancestors.entity_id
			l := &r.processAncestorsOf(e).EntityIDs
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 58<<3 | 2: // process.ancestors.name
			l := &r.processAncestorsOf(e).Names
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 59<<3 | 2: // process.ancestors.executable
			l := &r.processAncestorsOf(e).Executables
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 60<<3 | 2: // process.ancestors.command_line
			l := &r.processAncestorsOf(e).CommandLines
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 61<<3 | 0: // process.activity.children
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).Children = int64(n)
			}
		case 62<<3 | 0: // process.activity.executions
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).Executions = int64(n)
			}
		case 63<<3 | 0: // process.activity.files_created
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).FilesCreated = int64(n)
			}
		case 64<<3 | 0: // process.activity.files_written
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).FilesWritten = int64(n)
			}
		case 65<<3 | 0: // process.activity.files_renamed
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).FilesRenamed = int64(n)
			}
		case 66<<3 | 0: // process.activity.files_deleted
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).FilesDeleted = int64(n)
			}
		case 67<<3 | 0: // process.activity.connections
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).Connections = int64(n)
			}
		case 68<<3 | 0: // process.activity.accepts
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.processActivityOf(e).Accepts = int64(n)
			}
		case 70<<3 | 2: // user.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).ID = text
			}
		case 71<<3 | 2: // user.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).Name = text
			}
		case 72<<3 | 2: // user.group.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).GroupID = text
			}
		case 73<<3 | 2: // user.group.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).GroupName = text
			}
		case 74<<3 | 2: // user.effective.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).EffectiveID = text
			}
		case 75<<3 | 2: // user.effective.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).EffectiveName = text
			}
		case 76<<3 | 2: // user.effective.group.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.userOf(e).EffectiveGroupID = text
			}
		case 80<<3 | 2: // file.path
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Path = text
			}
		case 81<<3 | 2: // file.original_path
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).OriginalPath = text
			}
		case 82<<3 | 2: // file.target_path
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).TargetPath = text
			}
		case 83<<3 | 2: // file.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Name = text
			}
		case 84<<3 | 2: // file.directory
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Directory = text
			}
		case 85<<3 | 2: // file.extension
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Extension = text
			}
		case 86<<3 | 2: // file.type
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Type = text
			}
		case 87<<3 | 0: // file.size
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.fileOf(e).Size = event.Some(unzigzag(n))
		case 88<<3 | 2: // file.mode
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Mode = text
			}
		case 89<<3 | 2: // file.previous_mode
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).PreviousMode = text
			}
		case 90<<3 | 2: // file.uid
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).UID = text
			}
		case 91<<3 | 2: // file.gid
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).GID = text
			}
		case 92<<3 | 2: // file.previous_uid
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).PreviousUID = text
			}
		case 93<<3 | 2: // file.previous_gid
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).PreviousGID = text
			}
		case 94<<3 | 2: // file.owner
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Owner = text
			}
		case 95<<3 | 2: // file.group
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Group = text
			}
		case 96<<3 | 0: // file.inode
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.fileOf(e).Inode = int64(n)
			}
		case 97<<3 | 0: // file.device_number
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.fileOf(e).Device = int64(n)
			}
		case 98<<3 | 0: // file.link_count
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.fileOf(e).Links = event.Some(unzigzag(n))
		case 99<<3 | 2: // file.filesystem
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).Filesystem = text
			}
		case 100<<3 | 1: // file.mtime
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.fileOf(e).Modified = event.Time(n)
			}
		case 101<<3 | 1: // file.ctime
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.fileOf(e).Changed = event.Time(n)
			}
		case 102<<3 | 2: // file.open_flags
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).OpenFlags = text
			}
		case 103<<3 | 2: // file.xattr.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileOf(e).XattrName = text
			}
		case 104<<3 | 2: // file.hash.md5
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileHashOf(e).MD5 = text
			}
		case 105<<3 | 2: // file.hash.sha1
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileHashOf(e).SHA1 = text
			}
		case 106<<3 | 2: // file.hash.sha256
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileHashOf(e).SHA256 = text
			}
		case 107<<3 | 2: // file.hash_status
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.fileHashOf(e).Status = text
			}
		case 120<<3 | 2: // source.ip
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				if r.netOf(e).SourceIP, ok = address(text); !ok {
					return errAddress
				}
			}
		case 121<<3 | 0: // source.port
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.netOf(e).SourcePort = int64(n)
			}
		case 122<<3 | 2: // destination.ip
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				if r.netOf(e).DestinationIP, ok = address(text); !ok {
					return errAddress
				}
			}
		case 123<<3 | 0: // destination.port
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.netOf(e).DestinationPort = int64(n)
			}
		case 124<<3 | 2: // destination.domain
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.netOf(e).DestinationDomain = text
			}
		case 125<<3 | 2: // network.transport
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.netOf(e).Transport = text
			}
		case 126<<3 | 2: // network.type
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.netOf(e).Type = text
			}
		case 127<<3 | 2: // network.direction
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.netOf(e).Direction = text
			}
		case 240<<3 | 2: // process.target.entity_id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.targetOf(e).EntityID = text
			}
		case 241<<3 | 0: // process.target.pid
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.targetOf(e).PID = int64(n)
			}
		case 242<<3 | 0: // process.target.namespace.pid
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.targetOf(e).PIDNamespace = int64(n)
			}
		case 243<<3 | 2: // process.target.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.targetOf(e).Name = text
			}
		case 244<<3 | 2: // process.target.executable
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.targetOf(e).Executable = text
			}
		case 245<<3 | 2: // process.target.command_line
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.targetOf(e).CommandLine = text
			}
		case 246<<3 | 2: // call.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).Name = text
			}
		case 247<<3 | 2: // call.operation
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).Operation = text
			}
		case 248<<3 | 2: // call.flags
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).Flags = text
			}
		case 249<<3 | 2: // call.signal
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).Signal = text
			}
		case 250<<3 | 0: // call.address
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).Address = int64(n)
			}
		case 251<<3 | 0: // call.size
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).Size = int64(n)
			}
		case 252<<3 | 0: // event.count
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).Count = int64(n)
			}
		case 253<<3 | 1: // event.start
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).First = event.Time(n)
			}
		case 254<<3 | 1: // event.end
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).Last = event.Time(n)
			}
		case 255<<3 | 2: // user.previous.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousUID = text
			}
		case 256<<3 | 2: // user.previous.group.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousGID = text
			}
		case 257<<3 | 2: // user.previous.effective.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousEffectiveUID = text
			}
		case 258<<3 | 2: // user.previous.effective.group.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousEffectiveGID = text
			}
		case 259<<3 | 2: // process.previous_capabilities
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).PreviousCapabilities = text
			}
		case 260<<3 | 2: // module.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).ModuleName = text
			}
		case 261<<3 | 2: // module.arguments
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).ModuleArguments = text
			}
		case 262<<3 | 2: // bpf.program.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).BPFName = text
			}
		case 263<<3 | 2: // bpf.program.type
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).BPFType = text
			}
		case 264<<3 | 0: // bpf.program.id
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.callOf(e).BPFID = int64(n)
			}
		case 265<<3 | 2: // bpf.program.function
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).BPFFunction = text
			}
		case 266<<3 | 2: // bpf.attach_type
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).BPFAttach = text
			}
		case 267<<3 | 2: // mount.source
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).MountSource = text
			}
		case 268<<3 | 2: // mount.directory
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).MountDirectory = text
			}
		case 269<<3 | 2: // mount.filesystem
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.callOf(e).MountFilesystem = text
			}
		case 140<<3 | 2: // rule.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).RuleID = text
			}
		case 141<<3 | 2: // rule.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).RuleName = text
			}
		case 142<<3 | 2: // rule.format
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).RuleFormat = text
			}
		case 143<<3 | 2: // rule.level
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).Level = text
			}
		case 144<<3 | 0: // event.severity
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.findingOf(e).Severity = int64(n)
			}
		case 145<<3 | 2: // threat.technique.id
			l := &r.findingOf(e).Techniques
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 146<<3 | 2: // threat.tactic.name
			l := &r.findingOf(e).Tactics
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 147<<3 | 2: // finding.matched.field
			l := &r.findingOf(e).MatchedFields
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 148<<3 | 2: // finding.matched.value
			l := &r.findingOf(e).MatchedValues
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 149<<3 | 2: // finding.actions
			l := &r.findingOf(e).Actions
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 150<<3 | 2: // finding.event.action
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).EventKind = text
			}
		case 151<<3 | 2: // finding.event.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.findingOf(e).EventID = text
			}
		case 228<<3 | 2: // finding.event.ids
			l := &r.findingOf(e).EventIDs
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 229<<3 | 2: // finding.group
			l := &r.findingOf(e).Group
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 160<<3 | 2: // response.action
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).Action = text
			}
		case 161<<3 | 2: // response.mode
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).Mode = text
			}
		case 162<<3 | 2: // response.result
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).Result = text
			}
		case 163<<3 | 2: // response.reason
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).Reason = text
			}
		case 164<<3 | 2: // response.rule.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).RuleID = text
			}
		case 165<<3 | 2: // response.target.entity_id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).EntityID = text
			}
		case 166<<3 | 0: // response.target.pid
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.responseOf(e).PID = int64(n)
			}
		case 167<<3 | 0: // response.latency
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.responseOf(e).Latency = int64(n)
			}
		case 168<<3 | 2: // response.task.id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.responseOf(e).TaskID = text
			}
		case 180<<3 | 2: // agent.version
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).Version = text
			}
		case 181<<3 | 2: // agent.sensor.name
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).Sensor = text
			}
		case 182<<3 | 2: // agent.sensor.rung
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).Rung = text
			}
		case 183<<3 | 2: // agent.sensor.reason
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).RungReason = text
			}
		case 184<<3 | 2: // agent.loss.stage
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossStage = text
			}
		case 185<<3 | 2: // agent.loss.sensor
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossSensor = text
			}
		case 186<<3 | 2: // agent.loss.action
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossKind = text
			}
		case 187<<3 | 0: // agent.loss.count
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			r.statusOf(e).LossCount = event.Some(unzigzag(n))
		case 188<<3 | 2: // agent.loss.state
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossState = text
			}
		case 189<<3 | 2: // agent.loss.reason
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.statusOf(e).LossReason = text
			}
		case 190<<3 | 1: // agent.interval.from
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).From = event.Time(n)
			}
		case 191<<3 | 1: // agent.interval.to
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).To = event.Time(n)
			}
		case 192<<3 | 0: // agent.health.cpu_time
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).CPUMillis = int64(n)
			}
		case 193<<3 | 0: // agent.health.resident_size
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).ResidentSize = int64(n)
			}
		case 194<<3 | 0: // host.memory.used
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).MemoryUsed = int64(n)
			}
		case 195<<3 | 0: // host.memory.total
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).MemoryTotal = int64(n)
			}
		case 196<<3 | 0: // host.disk.used
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).DiskUsed = int64(n)
			}
		case 197<<3 | 0: // host.disk.total
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).DiskTotal = int64(n)
			}
		case 198<<3 | 0: // host.uptime
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).Uptime = int64(n)
			}
		case 199<<3 | 1: // host.cpu.percent
			if n, b, ok = cutFixed(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).CPUPercent = math.Float64frombits(n)
			}
		case 200<<3 | 0: // host.network.ingress.bytes
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).NetReceived = int64(n)
			}
		case 201<<3 | 0: // host.network.egress.bytes
			if n, b, ok = cutVarint(b); !ok {
				return errCut
			}
			if n != 0 {
				r.statusOf(e).NetSent = int64(n)
			}
		case 220<<3 | 2: // log.source
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Source = text
			}
		case 221<<3 | 2: // log.channel
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Channel = text
			}
		case 222<<3 | 2: // log.provider
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Provider = text
			}
		case 223<<3 | 2: // event.code
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Code = text
			}
		case 224<<3 | 2: // log.record_id
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).RecordID = text
			}
		case 225<<3 | 2: // message
			if text, b, ok = cutText(b); !ok {
				return errCut
			}
			if text != "" {
				r.logOf(e).Message = text
			}
		case 226<<3 | 2: // log.names
			l := &r.logOf(e).Names
			if *l, b, ok = r.list(*l, key, b); !ok {
				return errCut
			}
		case 227<<3 | 2: // log.values
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
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 70, 71, 72, 73, 74, 75, 76, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 120, 121, 122, 123, 124, 125, 126, 127, 240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 150, 151, 228, 229, 160, 161, 162, 163, 164, 165, 166, 167, 168, 180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 201, 220, 221, 222, 223, 224, 225, 226, 227:
		return true
	}
	return false
}
