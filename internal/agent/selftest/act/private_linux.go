package act

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// written lists the folders that acts write in.
func written() []string {
	return []string{"/etc", "/var/spool", "/var/log", "/var/lib/dpkg", "/usr/lib/systemd/system", "/lib/systemd/system", "/dev/shm"}
}

// maxCopy bounds what is copied of a folder where overlays cannot be had, bytes.
const maxCopy = 64 << 20

// private makes what is mounted read-only in this namespace and lays memory
// over what will be written.
func (s *stage) private() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("leave the mounts of the host: %w", err)
	}
	// Kernels before 5.12 lack the call; the overlays protect the host alone there.
	err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	if err != nil && !errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("make the mounts read-only: %w", err)
	}
	for _, dir := range []string{"/tmp", "/run"} {
		if err := unix.Mount("vedette-selftest", dir, "tmpfs", 0, "size=128m,mode=755"); err != nil {
			return fmt.Errorf("mount memory on %s: %w", dir, err)
		}
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	overlay := knows("overlay")
	for i, dir := range written() {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || linked(dir) {
			continue // nothing there to write in
		}
		if err := cover(dir, filepath.Join("/tmp", fmt.Sprintf(".layer-%d", i)), overlay); err != nil {
			return err
		}
	}
	if info, err := os.Lstat("/dev/log"); err == nil && info.Mode()&fs.ModeSocket != 0 {
		if err := unix.Mount("/dev/null", "/dev/log", "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("hide the host's log: %w", err)
		}
	}
	return loopback()
}

// linked reports whether a folder above dir is a link, so that it is another's.
func linked(dir string) bool {
	real, err := filepath.EvalSymlinks(dir)
	return err != nil || real != dir
}

// knows reports whether the kernel has a file system now: asking for another
// would load its module.
func knows(name string) bool {
	text, err := os.ReadFile("/proc/filesystems")
	return err == nil && bytes.Contains(text, []byte("\t"+name+"\n"))
}

// cover lays memory over dir, with the files of dir in it.
func cover(dir, layer string, overlay bool) error {
	up, work := filepath.Join(layer, "up"), filepath.Join(layer, "work")
	if err := errors.Join(os.MkdirAll(up, 0o755), os.MkdirAll(work, 0o755)); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if overlay {
		if err := os.Chmod(up, info.Mode().Perm()); err != nil {
			return err
		}
		err := unix.Mount("vedette-selftest", dir, "overlay", 0, "lowerdir="+dir+",upperdir="+up+",workdir="+work)
		if err == nil {
			return nil
		}
	}
	if err := copyTree(dir, up); err != nil {
		return fmt.Errorf("copy %s into memory: %w", dir, err)
	}
	if err := unix.Mount(up, dir, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount memory on %s: %w", dir, err)
	}
	return nil
}

// copyTree copies folders, files and links with their modes and owners.
func copyTree(from, to string) error {
	left := int64(maxCopy)
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		switch {
		case d.IsDir():
			err = os.MkdirAll(target, 0o755)
		case info.Mode()&fs.ModeSymlink != 0:
			var link string
			if link, err = os.Readlink(path); err == nil {
				err = os.Symlink(link, target)
			}
			return err
		case info.Mode().IsRegular():
			if left -= info.Size(); left < 0 {
				return fmt.Errorf("more than %d bytes", int64(maxCopy))
			}
			var text []byte
			if text, err = os.ReadFile(path); err == nil {
				err = os.WriteFile(target, text, 0o600)
			}
		default:
			return nil
		}
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		return errors.Join(os.Chown(target, int(st.Uid), int(st.Gid)), os.Chmod(target, info.Mode()))
	})
}

// loopback brings up the only interface of the new network namespace.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req); err != nil {
		return fmt.Errorf("bring up the loopback: %w", err)
	}
	return nil
}
