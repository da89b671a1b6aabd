package fanotify

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
)

// maxMarks bounds the file systems and mounts that are looked at.
const maxMarks = 1024

// windows are kinds of file systems that are windows into the kernel, and no
// files.
func windows() []string {
	return []string{
		"autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "efivarfs", "fusectl", "hugetlbfs",
		"mqueue", "nfsd", "nsfs", "proc", "pstore", "resctrl", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs",
	}
}

// remote are kinds whose server may not answer, which would stop the sensor.
func remote(kind string) bool {
	return strings.HasPrefix(kind, "fuse") || slices.Contains([]string{"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "virtiofs"}, kind)
}

// marks are the file systems and mounts that the groups are told of. It belongs
// to one goroutine.
type marks struct {
	places      *places
	names       *group // nil: the kernel has none
	descriptors *group
	scoped      bool              // what others did elsewhere in a file system is nobody's business
	done        map[int64]mounted // by id of the mount, of all mount namespaces
	partly      []string          // where only writes are told, for people
	unseen      []string          // where nothing is
}

type mounted struct {
	mount procfs.MountPoint
	fs    fsid
	names bool
	lacks string // why there are no names
}

// renew marks what was mounted since and forgets what is gone; the mounts of the
// agent's own mount namespace come first. It reports whether anything changed.
func (k *marks) renew(all []view) (changed bool) {
	here := map[int64]bool{}
	k.partly, k.unseen = nil, nil
	systems, named := map[fsid]*system{}, map[int64]bool{}
	for _, m := range all {
		if slices.Contains(windows(), m.Kind) || m.ReadOnly || m.root != "" && named[m.Device] {
			continue
		}
		if remote(m.Kind) {
			k.note(&k.unseen, m, m.Kind+", whose server may not answer")
			continue
		}
		d, ok := k.done[m.ID]
		if !ok || d.mount != m.MountPoint {
			changed = true
			d, ok = k.mark(m)
		}
		if !ok {
			continue
		}
		here[m.ID], k.done[m.ID] = true, d
		if !d.names {
			k.note(&k.partly, m, d.lacks)
			continue
		}
		named[m.Device] = true
		s := systems[d.fs]
		if s == nil {
			s = &system{device: m.Device, kind: m.Kind}
			systems[d.fs] = s
		}
		s.add(m)
	}
	for id := range k.done {
		if !here[id] {
			delete(k.done, id)
			changed = true
		}
	}
	k.places.systems = systems
	if changed {
		k.places.folders.clear()
	}
	return changed
}

// note keeps what is not seen of a mount of the agent's own mount namespace.
func (k *marks) note(list *[]string, m view, why string) {
	if m.root == "" {
		*list = append(*list, fmt.Sprintf("%s (%s)", m.Dir, why))
	}
}

// lacks says for people what is not seen where.
func (k *marks) lacks() []string {
	var out []string
	if len(k.partly) > 0 {
		out = append(out, "what is made, renamed, removed and given another mode below "+few(k.partly))
	}
	if len(k.unseen) > 0 {
		out = append(out, "files below "+few(k.unseen))
	}
	return out
}

// few joins the first of a list, and how many more there are.
func few(all []string) string {
	const most = 6
	if len(all) <= most {
		return strings.Join(all, " and ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(all[:most], " and "), len(all)-most)
}

// mark has the groups told of a mount: of its file system where that gives
// handles, else of what is done through the mount. In a scope a part of a file
// system that others have elsewhere is told by its mount only.
func (k *marks) mark(m view) (mounted, bool) {
	if len(k.done) >= maxMarks {
		k.note(&k.unseen, m, fmt.Sprintf("more than %d mounts", maxMarks))
		return mounted{}, false
	}
	d := mounted{mount: m.MountPoint}
	var st unix.Statfs_t
	if !visible(m) || unix.Statfs(m.at(), &st) != nil {
		return d, false // it went again, or something lies over it
	}
	d.fs = fsid(st.Fsid.Val)
	switch {
	case k.names == nil:
		d.lacks = "the kernel names no files, before Linux 5.9"
	case k.scoped && m.Root != "/":
		d.lacks = m.Kind + ", a part of what is outside of the scope"
	case k.names.markAll(m.at(), m.Kind) == nil:
		d.names = true
		return d, true
	default:
		d.lacks = m.Kind + " without file handles"
	}
	if k.descriptors == nil || k.descriptors.markAll(m.at(), m.Kind) != nil {
		k.note(&k.unseen, m, m.Kind)
		return d, false
	}
	return d, true
}

// visible reports whether a mount is what its place shows, or the kernel does
// not say (before Linux 5.8).
func visible(m view) bool {
	var st unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, m.at(), unix.AT_NO_AUTOMOUNT|unix.AT_SYMLINK_NOFOLLOW, unix.STATX_MNT_ID, &st) != nil {
		return false
	}
	return st.Mask&unix.STATX_MNT_ID == 0 || int64(st.Mnt_id) == m.ID
}
