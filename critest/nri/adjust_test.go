package nri

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/nri/pkg/api"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A plugin that adjusts containers named adjusted, and no others.
func adjusting(t *testing.T, index, name string, adjust func(*api.Container, *api.ContainerAdjustment)) *plugin {
	t.Helper()
	return (&plugin{onCreate: func(_ *api.PodSandbox, container *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
		if container.GetName() != "adjusted" {
			return nil, nil, nil
		}
		a := &api.ContainerAdjustment{}
		adjust(container, a)
		return a, nil, nil
	}}).connect(t, index, name)
}

func adjustedConfig(command ...string) *cri.ContainerConfig {
	config := containerConfig("adjusted", command...)
	config.Envs = []*cri.KeyValue{{Key: "KEPT", Value: "of the request"}, {Key: "GONE", Value: "x"}, {Key: "CHANGED", Value: "old"}}
	return config
}

func TestAdjustmentsAreInTheContainer(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), []byte("from the plugin"), 0o644); err != nil {
		t.Fatal(err)
	}
	adjusting(t, "00", "adjuster", func(_ *api.Container, a *api.ContainerAdjustment) {
		a.AddEnv("ADDED", "by the plugin")
		a.AddEnv("CHANGED", "new")
		a.RemoveEnv("GONE")
		a.AddMount(&api.Mount{Destination: "/plugged", Type: "bind", Source: folder, Options: []string{"rbind", "ro", "rprivate"}})
		a.AddRlimit("RLIMIT_NOFILE", 777, 666)
		a.AddAnnotation("plugin.example/seen", "yes")
		a.AddDevice(&api.LinuxDevice{Path: "/dev/plugged", Type: "c", Major: 1, Minor: 3, FileMode: api.FileMode(os.FileMode(0o640))})
		a.SetLinuxMemoryLimit(64 << 20)
		a.SetLinuxCPUShares(333)
		a.SetLinuxPidLimits(99)
		a.SetLinuxOomScoreAdj(intPointer(555))
	})
	config := podConfig()
	id := create(t, runPod(t, config), adjustedConfig("top"), config)
	start(t, id)
	got := shell(t, id, "echo $KEPT/$ADDED/$CHANGED/${GONE-none}; cat /plugged/file; touch /plugged/x 2>&1 | grep -o Read-only; ulimit -Sn; ulimit -Hn; "+
		"cat /proc/self/oom_score_adj; stat -c '%t:%T %a' /dev/plugged; echo thrown away >/dev/plugged && echo written")
	want := "of the request/by the plugin/new/none\nfrom the plugin\nRead-only\n666\n777\n555\n1:3 640\nwritten"
	if strings.ReplaceAll(got, "from the pluginRead-only", "from the plugin\nRead-only") != want {
		t.Errorf("in the container:\n%s\nwant:\n%s", got, want)
	}
	status := state(t, id)
	if limit := status.GetResources().GetLinux().GetMemoryLimitInBytes(); limit != 64<<20 {
		t.Error("the memory limit is", limit)
	}
	if shares := status.GetResources().GetLinux().GetCpuShares(); shares != 333 {
		t.Error("the CPU shares are", shares)
	}
	if status.Annotations["plugin.example/seen"] != "yes" {
		t.Error("annotations:", status.Annotations)
	}
}

func TestArgumentsCanBeReplaced(t *testing.T) {
	adjusting(t, "00", "args", func(c *api.Container, a *api.ContainerAdjustment) {
		if len(c.GetArgs()) != 2 || c.GetArgs()[0] != "sleep" {
			t.Error("the plugin is told these arguments:", c.GetArgs())
		}
		a.SetArgs([]string{"sleep", "4321"})
	})
	config := podConfig()
	id := create(t, runPod(t, config), adjustedConfig("sleep", "1234"), config)
	start(t, id)
	if got := shell(t, id, "tr '\\0' ' ' </proc/1/cmdline; ps"); !strings.Contains(got, "sleep 4321") {
		t.Error("processes:", got)
	}
}

func TestASeccompPolicyTakesThePlaceOfTheRequests(t *testing.T) {
	adjusting(t, "00", "seccomp", func(_ *api.Container, a *api.ContainerAdjustment) {
		a.SetLinuxSeccompPolicy(&api.LinuxSeccomp{
			DefaultAction: "SCMP_ACT_ALLOW",
			Syscalls:      []*api.LinuxSyscall{{Names: []string{"mkdir", "mkdirat"}, Action: "SCMP_ACT_ERRNO", ErrnoRet: api.UInt32(uint32(syscall.EXDEV))}},
		})
	})
	config := podConfig()
	id := create(t, runPod(t, config), adjustedConfig("top"), config)
	start(t, id)
	if got := shell(t, id, "mkdir /tmp/x"); !strings.Contains(got, "ross-device link") {
		t.Error("mkdir says", got)
	}
}

func TestTheSecondPluginSeesWhatTheFirstChanged(t *testing.T) {
	adjusting(t, "00", "first", func(_ *api.Container, a *api.ContainerAdjustment) { a.AddEnv("STEP", "1") })
	var seen []string
	adjusting(t, "10", "second", func(c *api.Container, a *api.ContainerAdjustment) {
		seen = c.GetEnv()
		a.RemoveEnv("STEP")
		a.AddEnv("STEP", "2")
	})
	config := podConfig()
	id := create(t, runPod(t, config), adjustedConfig("top"), config)
	if !strings.Contains(strings.Join(seen, " "), "STEP=1") {
		t.Error("the second plugin sees", seen)
	}
	start(t, id)
	if got := shell(t, id, "echo $STEP"); got != "2" {
		t.Error("STEP is", got)
	}
}

func TestTwoPluginsThatSetTheSameAreRefused(t *testing.T) {
	for index, name := range map[string]string{"00": "one", "10": "other"} {
		adjusting(t, index, name, func(_ *api.Container, a *api.ContainerAdjustment) { a.AddEnv("BOTH", name) })
	}
	config := podConfig()
	pod := runPod(t, config)
	_, err := tryCreate(t, pod, adjustedConfig("top"), config)
	if err == nil || !strings.Contains(err.Error(), "00-one") || !strings.Contains(err.Error(), "10-other") {
		t.Fatal("CreateContainer:", err)
	}
	t.Log(err)
	if listed := listedContainers(t, pod); len(listed) != 0 {
		t.Error("the container is listed:", listed)
	}
}

func TestWhatCannotBeDoneIsRefused(t *testing.T) {
	adjusting(t, "00", "sysctl", func(_ *api.Container, a *api.ContainerAdjustment) { a.SetLinuxSysctl("net.ipv4.ip_forward", "1") })
	config := podConfig()
	_, err := tryCreate(t, runPod(t, config), adjustedConfig("top"), config)
	if err == nil || !strings.Contains(err.Error(), "linux.sysctl") {
		t.Fatal("CreateContainer:", err)
	}
	t.Log(err)
}

func TestHooksOfAPluginRunAroundTheStart(t *testing.T) {
	notes := t.TempDir()
	script := func(text string) []*api.Hook {
		return []*api.Hook{{Path: "/bin/sh", Args: []string{"sh", "-c", text}, Env: []string{"PATH=/usr/bin:/bin", "NOTES=" + notes}}}
	}
	adjusting(t, "00", "hooks", func(_ *api.Container, a *api.ContainerAdjustment) {
		a.AddHooks(&api.Hooks{
			CreateRuntime:   script("cat > $NOTES/state"),
			CreateContainer: script("echo from-a-hook > rootfs/hooked"),
			Poststop:        script("cat > $NOTES/stopped"),
		})
	})
	config := podConfig()
	pod := runPod(t, config)
	container := create(t, pod, adjustedConfig("top"), config)
	start(t, container)
	if out := shell(t, container, "cat /hooked"); out != "from-a-hook" {
		t.Errorf("the hook's file says %q", out)
	}
	if state, err := os.ReadFile(filepath.Join(notes, "state")); err != nil || !strings.Contains(string(state), container) {
		t.Errorf("createRuntime was told %q, %v", state, err)
	}
	stop(t, container)
	if state, err := os.ReadFile(filepath.Join(notes, "stopped")); err != nil || !strings.Contains(string(state), "stopped") {
		t.Errorf("poststop was told %q, %v", state, err)
	}
}

func TestAHookThatFailsIsNamed(t *testing.T) {
	adjusting(t, "00", "hooks", func(_ *api.Container, a *api.ContainerAdjustment) {
		a.AddHooks(&api.Hooks{Prestart: []*api.Hook{{Path: "/bin/sh", Args: []string{"sh", "-c", "echo no licence >&2; exit 7"}}}})
	})
	config := podConfig()
	container := create(t, runPod(t, config), adjustedConfig("top"), config)
	_, err := runtime.StartContainer(within(t, time.Minute), &cri.StartContainerRequest{ContainerId: container})
	if err == nil || !strings.Contains(err.Error(), "prestart hook /bin/sh failed (exit code 7): no licence") {
		t.Fatal("StartContainer:", err)
	}
}

func TestAValidatorSeesWhoAdjustedWhatAndCanReject(t *testing.T) {
	adjusting(t, "00", "adjuster", func(_ *api.Container, a *api.ContainerAdjustment) { a.AddEnv("FORBIDDEN", "1") })
	(&plugin{onValidate: func(request *api.ValidateContainerAdjustmentRequest) error {
		owner, claimed := request.GetOwners().EnvOwner(request.GetContainer().GetId(), "FORBIDDEN")
		if claimed && owner == "00-adjuster" {
			return errors.New("FORBIDDEN is forbidden")
		}
		return nil
	}}).connect(t, "90", "validator")
	config := podConfig()
	pod := runPod(t, config)
	_, err := tryCreate(t, pod, adjustedConfig("top"), config)
	if err == nil || !strings.Contains(err.Error(), "FORBIDDEN is forbidden") {
		t.Fatal("CreateContainer:", err)
	}
	create(t, pod, containerConfig("other", "top"), config)
}

func TestAPluginChangesAnUpdateAndOtherContainers(t *testing.T) {
	var neighbour string
	p := (&plugin{onUpdate: func(c *api.Container, r *api.LinuxResources) ([]*api.ContainerUpdate, error) {
		own := &api.ContainerUpdate{}
		own.SetContainerId(c.GetId())
		own.SetLinuxCPUShares(uint64(r.GetCpu().GetShares().GetValue() * 2))
		other := &api.ContainerUpdate{}
		other.SetContainerId(neighbour)
		other.SetLinuxCPUShares(77)
		return []*api.ContainerUpdate{own, other}, nil
	}}).connect(t, "00", "updater")
	config := podConfig()
	pod := runPod(t, config)
	neighbour = create(t, pod, containerConfig("neighbour", "top"), config)
	start(t, neighbour)
	id := create(t, pod, containerConfig("updated", "top"), config)
	start(t, id)
	update := &cri.UpdateContainerResourcesRequest{ContainerId: id, Linux: &cri.LinuxContainerResources{CpuShares: 200}}
	if _, err := runtime.UpdateContainerResources(within(t, time.Minute), update); err != nil {
		t.Fatal(err)
	}
	if shares := state(t, id).GetResources().GetLinux().GetCpuShares(); shares != 400 {
		t.Error("the container has CPU shares", shares)
	}
	if shares := state(t, neighbour).GetResources().GetLinux().GetCpuShares(); shares != 77 {
		t.Error("its neighbour has CPU shares", shares)
	}
	unasked := &api.ContainerUpdate{}
	unasked.SetContainerId(neighbour)
	unasked.SetLinuxCPUShares(88)
	if failed, err := p.stub.UpdateContainers([]*api.ContainerUpdate{unasked}); err != nil || len(failed) != 0 {
		t.Fatal("UpdateContainers:", failed, err)
	}
	if shares := state(t, neighbour).GetResources().GetLinux().GetCpuShares(); shares != 88 {
		t.Error("its neighbour has CPU shares", shares)
	}
	impossible := &api.ContainerUpdate{}
	impossible.SetContainerId(neighbour)
	impossible.SetLinuxMemorySwappiness(10)
	if failed, err := p.stub.UpdateContainers([]*api.ContainerUpdate{impossible}); err != nil || len(failed) != 1 {
		t.Error("what cannot be set is not reported:", failed, err)
	}
}

func intPointer(value int) *int { return &value }

// The plugin folder of the runtime under test has the program of the folder installed, with the configuration "by itself".
func TestAnInstalledPluginIsStartedAndConfigured(t *testing.T) {
	config := podConfig()
	config.Annotations = map[string]string{"plugin.example/env": "please"}
	id := create(t, runPod(t, config), containerConfig("worker", "top"), config)
	start(t, id)
	if got := shell(t, id, "echo $INSTALLED"); got != "by itself" {
		t.Error("INSTALLED is", got)
	}
}
