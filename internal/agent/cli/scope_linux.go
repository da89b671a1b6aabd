package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// checkScope reports an error unless dir is the folder of a cgroup v2 below
// the root of its hierarchy.
func checkScope(dir string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("scope %s: %w: name the folder of a cgroup v2", dir, err)
	}
	if fs.Type != unix.CGROUP2_SUPER_MAGIC {
		return fmt.Errorf("scope %s: not the folder of a cgroup v2", dir)
	}
	if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err != nil {
		return fmt.Errorf("scope %s: not the folder of a cgroup v2: %w", dir, err)
	}
	return nil
}
