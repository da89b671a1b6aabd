package rig

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Acts that an actor can repeat. Each is done with bare system calls.
const (
	FileCycles = "file cycles" // create, write, close, remove
	Connects   = "connects"    // connect over loopback, accept, close both
	Lookups    = "lookups"     // a question about a name over UDP, and its answer
	Opens      = "opens"       // open, read and close a file that nobody watches
	Calls      = "calls"       // a system call that no sensor wants
)

// Acted is what an actor did.
type Acted struct {
	PID   int             `json:"pid"`
	Count int             `json:"count"`
	Each  []time.Duration `json:"each"` // CPU of one act of the acting thread, one value for each batch
	Wall  time.Duration   `json:"wall"`
	Begin time.Time       `json:"begin"`
	End   time.Time       `json:"end"`
}

// batch is how many acts are timed together, so that reading the clock does not
// count.
const batch = 20

// actorArg makes this program the actor; see Actor.
const actorArg = "__actor"

// Actor must be at the beginning of main of a program that calls Act.
func Actor() {
	if len(os.Args) != 5 || os.Args[1] != actorArg {
		return
	}
	count, err := strconv.Atoi(os.Args[3])
	if err == nil {
		err = actAndTell(os.Args[2], count, os.Args[4])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "actor:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Act has another process do something count times, at full speed, in a
// cgroup. Where is the folder of FileCycles, the file of Opens and the port of
// the server of Lookups.
func Act(cgroup, what string, count int, where string) (Acted, error) {
	self, err := os.Executable()
	if err != nil {
		return Acted{}, err
	}
	attr, f, err := In(cgroup)
	if err != nil {
		return Acted{}, err
	}
	defer f.Close()
	cmd := exec.Command(self, actorArg, what, strconv.Itoa(count), where)
	cmd.SysProcAttr = attr
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return Acted{}, fmt.Errorf("run actor of %s: %w", what, err)
	}
	var a Acted
	if err := json.Unmarshal(out, &a); err != nil {
		return a, fmt.Errorf("read actor's answer: %w", err)
	}
	return a, nil
}

func actAndTell(what string, count int, where string) error {
	runtime.LockOSThread()
	act, err := prepare(what, where)
	if err != nil {
		return err
	}
	a := Acted{PID: os.Getpid(), Begin: time.Now()}
	for a.Count < count {
		before := threadCPU()
		n := min(batch, count-a.Count)
		for range n {
			if err := act(a.Count); err != nil {
				return fmt.Errorf("%s %d: %w", what, a.Count, err)
			}
			a.Count++
		}
		a.Each = append(a.Each, (threadCPU()-before)/time.Duration(n))
	}
	a.End = time.Now()
	a.Wall = a.End.Sub(a.Begin)
	return json.NewEncoder(os.Stdout).Encode(a)
}

func prepare(what, where string) (func(n int) error, error) {
	switch what {
	case FileCycles:
		return func(n int) error { return fileCycle(filepath.Join(where, "cycle"+strconv.Itoa(n))) }, nil
	case Opens:
		return func(int) error { return openRead(where) }, nil
	case Calls:
		return func(int) error { unix.Getppid(); return nil }, nil
	case Connects:
		return connects()
	case Lookups:
		return lookups(where)
	}
	return nil, fmt.Errorf("no act is named %q", what)
}

func fileCycle(path string) error {
	fd, err := unix.Open(path, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, []byte("x"))
	return errors.Join(err, unix.Close(fd), unix.Unlink(path))
}

func openRead(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	var buf [64]byte
	_, err = unix.Read(fd, buf[:])
	return errors.Join(err, unix.Close(fd))
}

// connects returns an act that connects to a listener of its own. The closing
// resets the connection, so that no port stays taken.
func connects() (func(int) error, error) {
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(l, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, err
	}
	if err := unix.Listen(l, 16); err != nil {
		return nil, err
	}
	at, err := unix.Getsockname(l)
	if err != nil {
		return nil, err
	}
	return func(int) error {
		c, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if err := unix.Connect(c, at); err != nil {
			return errors.Join(err, unix.Close(c))
		}
		s, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
		if err != nil {
			return errors.Join(err, unix.Close(c))
		}
		err = unix.SetsockoptLinger(c, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		return errors.Join(err, unix.Close(c), unix.Close(s))
	}, nil
}

// lookups returns an act that asks the server on a port of loopback for a name.
func lookups(port string) (func(int) error, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	to := &unix.SockaddrInet4{Port: int(number), Addr: [4]byte{127, 0, 0, 1}}
	return func(n int) error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.Connect(fd, to); err != nil {
			return err
		}
		if _, err := unix.Write(fd, Question(uint16(n), fmt.Sprintf("host%d.example.test", n))); err != nil {
			return err
		}
		var buf [512]byte
		if got, err := unix.Read(fd, buf[:]); err != nil || got < 12 {
			return fmt.Errorf("answer of %d bytes: %w", got, err)
		}
		return nil
	}, nil
}

// Question is a DNS message that asks for the address of a name.
func Question(id uint16, name string) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = append(b, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
	for len(name) > 0 {
		label := name
		for i := range name {
			if name[i] == '.' {
				label = name[:i]
				break
			}
		}
		b = append(append(b, byte(len(label))), label...)
		name = name[min(len(name), len(label)+1):]
	}
	return append(b, 0, 0, 1, 0, 1)
}

// Resolver answers every question over UDP on a port of loopback with the
// address 192.0.2.1, until stop is called.
func Resolver(port int) (stop func(), err error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return nil, fmt.Errorf("resolver: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var buf [512]byte
		for {
			n, from, err := c.ReadFromUDP(buf[:])
			if err != nil {
				return
			}
			if n < 12 {
				continue
			}
			answer := append([]byte{buf[0], buf[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, buf[12:n]...)
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1)
			if _, err := c.WriteToUDP(answer, from); err != nil {
				return
			}
		}
	}()
	return func() { c.Close(); <-done }, nil
}
