package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/agent/config"
)

const (
	unitPath   = "/etc/systemd/system/vedette-agent.service"
	binaryPath = "/usr/local/bin/vedette-agent"
)

// unit is the systemd unit of the agent; %s is the command that runs it.
const unit = `[Unit]
Description=Vedette agent
Documentation=https://github.com/vedette-edr/vedette
After=local-fs.target
Before=multi-user.target

[Service]
ExecStart=%s
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=1
TimeoutStopSec=%d
KillMode=mixed
OOMScoreAdjust=-900
LimitMEMLOCK=infinity
StateDirectory=vedette/agent
StateDirectoryMode=0700
UMask=0077

[Install]
WantedBy=multi-user.target
`

const firstConfig = `# Vedette agent. Every key and its default: vedette agent config --schema
# What is in force: vedette agent config
policy:
  respond: off
`

func installCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "install",
		Short: "Install the agent as a systemd service of this host",
		Long: "Copy the program, make the folders and write the configuration (when there is none) and the systemd unit.\n" +
			"Nothing is started: the next steps are printed.",
		Args: cobra.NoArgs,
	}
	root := c.Flags().String("root", "/", "folder that stands for / (for images and tests)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find own program: %w", err)
		}
		if err := install(*root, self); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "installed %s\nnext: systemctl daemon-reload && systemctl enable --now vedette-agent\n", unitPath)
		return err
	}
	return c
}

func uninstallCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove the systemd service of the agent",
		Long:  "Remove the unit and the program. The configuration and what the agent has recorded stay unless --purge is given.",
		Args:  cobra.NoArgs,
	}
	root := c.Flags().String("root", "/", "folder that stands for / (for images and tests)")
	purge := c.Flags().Bool("purge", false, "also remove the configuration, the identity, the spool and the alerts")
	c.RunE = func(c *cobra.Command, _ []string) error {
		removed, err := uninstall(*root, *purge)
		for _, path := range removed {
			fmt.Fprintf(c.OutOrStdout(), "removed %s\n", path)
		}
		if err == nil && len(removed) == 0 {
			fmt.Fprintln(c.OutOrStdout(), "nothing was installed")
		}
		return err
	}
	return c
}

// install puts the agent below root. A configuration that is there stays.
func install(root, self string) error {
	d := config.Default()
	for dir, mode := range map[string]os.FileMode{
		filepath.Dir(config.DefaultPath): 0o755, d.RulesDir: 0o755, d.IOCDir: 0o755, d.StateDir: 0o700,
		filepath.Dir(unitPath): 0o755, filepath.Dir(binaryPath): 0o755,
	} {
		if err := os.MkdirAll(filepath.Join(root, dir), mode); err != nil {
			return asRoot(err)
		}
	}
	if err := os.Chmod(filepath.Join(root, d.StateDir), 0o700); err != nil {
		return asRoot(err)
	}
	conf := filepath.Join(root, config.DefaultPath)
	if _, err := os.Lstat(conf); errors.Is(err, os.ErrNotExist) {
		if err := replace(conf, []byte(firstConfig), 0o640); err != nil {
			return err
		}
	}
	program, err := os.ReadFile(self)
	if err != nil {
		return fmt.Errorf("read own program: %w", err)
	}
	if err := replace(filepath.Join(root, binaryPath), program, 0o755); err != nil {
		return err
	}
	command := binaryPath + " run"
	if !strings.HasPrefix(filepath.Base(self), "vedette-agent") {
		command = binaryPath + " agent run"
	}
	text := fmt.Sprintf(unit, command, int(config.StopTimeout.Seconds())+5)
	return replace(filepath.Join(root, unitPath), []byte(text), 0o644)
}

// uninstall removes what install put below root and returns what it removed.
func uninstall(root string, purge bool) ([]string, error) {
	var removed []string
	remove := func(path string, f func(string) error) error {
		full := filepath.Join(root, path)
		if _, err := os.Lstat(full); errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err := f(full); err != nil {
			return asRoot(err)
		}
		removed = append(removed, path)
		return nil
	}
	err := errors.Join(remove(unitPath, os.Remove), remove(binaryPath, os.Remove))
	if purge {
		d := config.Default()
		err = errors.Join(err, remove(config.DefaultPath, os.Remove), remove(d.RulesDir, os.RemoveAll), remove(d.IOCDir, os.RemoveAll), remove(d.StateDir, os.RemoveAll))
	}
	return removed, err
}

// replace writes a file at once, so that a running program is not changed.
func replace(path string, text []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".vedette-")
	if err != nil {
		return asRoot(err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that counts is already there
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func asRoot(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: run as root", err)
	}
	return err
}
