// Command pamspy stands for the program of that name which the public exerciser
// fetches and executes: it loads an eBPF program, attaches it to the function of
// the library that the named program watches, and ends after some seconds. The
// eBPF program does nothing.
//
//	pamspy -p LIBRARY -d FILE
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

func main() {
	library := flag.String("p", "", "libpam")
	flag.String("d", "", "file for what is found; nothing is")
	flag.Parse()
	if err := attach(*library, 3*time.Second); err != nil {
		fmt.Fprintln(os.Stderr, "pamspy:", err)
		os.Exit(1)
	}
}

func attach(library string, how time.Duration) error {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "exam_authtok", Type: ebpf.Kprobe, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		return err
	}
	defer p.Close()
	file, err := link.OpenExecutable(library)
	if err != nil {
		return err
	}
	l, err := file.Uprobe("pam_get_authtok", p, nil)
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Println("a program of the exam stands for pamspy; attached to", library)
	time.Sleep(how)
	return nil
}
