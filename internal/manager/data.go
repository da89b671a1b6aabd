package manager

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/audit"
	"github.com/vedette-edr/vedette/internal/manager/enroll"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

// Data is the data of a manager, for root on its machine. The manager may run
// meanwhile: the database takes one writer at a time.
type Data struct {
	config Config
	db     *state.DB
	audit  *audit.Log
	users  *user.Store
}

// OpenData opens the data of a manager that was started before.
func OpenData(ctx context.Context, c Config) (*Data, error) {
	path := filepath.Join(c.DataDir, "state.db")
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("data_dir: no manager has run in %s: %w", c.DataDir, err)
	}
	db, err := state.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Data{config: c, db: db, audit: audit.New(db, nil), users: user.New(db, user.Options{})}, nil
}

// Close closes the data.
func (d *Data) Close() error { return d.db.Close() }

func (d *Data) record(ctx context.Context, action, target string) error {
	return d.audit.Record(ctx, api.AuditEntry{Actor: "root", Via: "command", Action: action, Target: target})
}

// CreateUser makes a user with a one-time password.
func (d *Data) CreateUser(ctx context.Context, in api.NewUser) (api.CreatedUser, error) {
	if !api.RoleCovers(in.Role, api.RoleViewer) {
		return api.CreatedUser{}, &api.FieldError{Field: "role", Message: in.Role + " is none of viewer, analyst, admin"}
	}
	// What the REST interface checks by its description, api.NewUser.
	if ok, err := regexp.MatchString(`^[a-z0-9][a-z0-9._@-]{0,63}$`, in.Name); err != nil || !ok {
		return api.CreatedUser{}, &api.FieldError{Field: "name", Message: fmt.Sprintf("%.64q is not 1 to 64 lower-case letters, digits, . _ @ -", in.Name)}
	}
	u, err := d.users.Create(ctx, in)
	if err != nil {
		return u, err
	}
	return u, d.record(ctx, "user.create", in.Name)
}

// ResetUser gives a user a new one-time password and lets it in again.
func (d *Data) ResetUser(ctx context.Context, name string) (api.CreatedUser, error) {
	in := false
	u, err := d.users.Change(ctx, name, api.UserChange{Disabled: &in, ResetPassword: true})
	if err != nil {
		return u, err
	}
	return u, d.record(ctx, "user.change", name)
}

// CreateToken makes an enrolment token.
func (d *Data) CreateToken(ctx context.Context, in api.NewToken) (api.CreatedToken, error) {
	ca, err := enroll.OpenCA(enroll.CAOptions{Dir: filepath.Join(d.config.DataDir, "keys")})
	if err != nil {
		return api.CreatedToken{}, err
	}
	door := enroll.New(enroll.Options{DB: d.db, CA: ca, Addresses: func() []string {
		if len(d.config.Agents.Addresses) > 0 {
			return d.config.Agents.Addresses
		}
		return []string{d.config.Agents.Listen}
	}})
	t, err := door.CreateToken(ctx, in, "root")
	if err != nil {
		return t, err
	}
	return t, d.record(ctx, "token.create", t.Token.ID)
}

// Copied says what a backup or a restore copied.
type Copied struct {
	Dir   string `json:"dir"`
	Files int64  `json:"files"`
	Bytes int64  `json:"bytes"`
}

// parts are the folders of the data directory that a backup holds beside the
// state database. The log is not in it: agents send again what is not stored.
func parts() []string { return []string{"keys", "rules", "lake", "aside"} }

// Backup copies the data of a manager, which may run, to a new folder. The
// state database is copied first: segments that are written later are files
// that the copied manifest does not know, and segments are kept a while after
// they were removed from the manifest.
func Backup(ctx context.Context, c Config, to string) (Copied, error) {
	out := Copied{Dir: to}
	d, err := OpenData(ctx, c)
	if err != nil {
		return out, err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return out, errors.Join(fmt.Errorf("back up: %w: name a folder that is not there yet", err), d.Close())
	}
	err = d.db.Backup(ctx, filepath.Join(to, "state.db"))
	if err == nil {
		err = d.record(ctx, "manager.backup", to)
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return out, err
	}
	st, err := os.Stat(filepath.Join(to, "state.db"))
	if err != nil {
		return out, err
	}
	out.Files, out.Bytes = 1, st.Size()
	for _, part := range parts() {
		from := filepath.Join(c.DataDir, part)
		if part == "rules" {
			from = c.rules()
		}
		if err := copyDir(ctx, from, filepath.Join(to, part), &out); err != nil {
			return out, fmt.Errorf("back up: %w", err)
		}
	}
	return out, nil
}

// Restore makes the data directory from a backup.
func Restore(ctx context.Context, c Config, from string) (Copied, error) {
	out := Copied{Dir: c.DataDir}
	if _, err := os.Stat(filepath.Join(from, "state.db")); err != nil {
		return out, fmt.Errorf("restore: %s is no backup: %w", from, err)
	}
	if entries, err := os.ReadDir(c.DataDir); err == nil && len(entries) > 0 {
		return out, fmt.Errorf("restore: data_dir %s is not empty: move it away first", c.DataDir)
	}
	if err := copyDir(ctx, from, c.DataDir, &out); err != nil {
		return out, fmt.Errorf("restore: %w", err)
	}
	if c.RulesDir != "" {
		if err := copyDir(ctx, filepath.Join(from, "rules"), c.RulesDir, &out); err != nil {
			return out, fmt.Errorf("restore: %w", err)
		}
	}
	return out, nil
}

// copyDir copies the files below a folder, which need not exist. A file that
// goes meanwhile is left out.
func copyDir(ctx context.Context, from, to string, out *Copied) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		n, err := copyFile(path, target)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		out.Files++
		out.Bytes += n
		return err
	})
}

func copyFile(from, to string) (n int64, err error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }() // was only read
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	if n, err = io.Copy(f, in); err == nil {
		err = f.Sync()
	}
	return n, errors.Join(err, f.Close())
}
