package nri

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand"
	"net"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/containerd/nri/pkg/api"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// The default policy: a plugin that does not answer is dropped, and the request goes on without it.
func TestAPluginThatHangsIsDroppedAndHoldsNobodyUpForLong(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	hanging := (&plugin{onRunPod: func(*api.PodSandbox) error { <-release; return nil }}).connect(t, "00", "hangs")
	healthy := (&plugin{}).connect(t, "10", "healthy")
	began := time.Now()
	first := runPod(t, podConfig())
	if took := time.Since(began); took > 30*time.Second {
		t.Error("the pod took", took)
	}
	select {
	case <-hanging.gone:
	case <-time.After(time.Minute):
		t.Error("the plugin is still connected")
	}
	second := runPod(t, podConfig())
	if len(hanging.saw(named("RunPodSandbox", second))) != 0 {
		t.Error("the next pod waited for it, too")
	}
	for _, id := range []string{first, second} {
		if len(healthy.saw(named("RunPodSandbox", id))) != 1 {
			t.Error("the other plugin does not know pod", id)
		}
	}
}

func TestAPluginThatLeavesInTheMiddleOfACallIsNoError(t *testing.T) {
	p := &plugin{}
	p.onRunPod = func(*api.PodSandbox) error { p.stub.Stop(); return nil }
	p.connect(t, "00", "leaves")
	runPod(t, podConfig())
}

func TestGarbageEndsItsOwnConnectionOnly(t *testing.T) {
	p := (&plugin{}).connect(t, "00", "bystander")
	random := rand.New(rand.NewSource(1))
	inputs := [][]byte{
		{},
		make([]byte, 4096),
		trunk(2, 0xffffffff, nil),
		trunk(2, 10, binary.BigEndian.AppendUint32(nil, 0xffffffff)),
		trunk(2, 10, []byte{0, 64, 0, 1, 0, 0, 0, 1, 1, 0}),
		trunk(1, 10, []byte{0, 0, 0, 0, 0, 0, 0, 1, 1, 0}),
		trunk(2, 14, []byte{0, 0, 0, 4, 0, 0, 0, 1, 1, 0, 0xff, 0xff, 0xff, 0xff}),
	}
	for range 50 {
		bytes := make([]byte, random.Intn(200))
		random.Read(bytes)
		inputs = append(inputs, bytes, trunk(uint32(random.Intn(4)), uint32(len(bytes)), bytes))
	}
	for _, input := range inputs {
		connection, err := net.Dial("unix", *nriSocket)
		if err != nil {
			t.Fatal(err)
		}
		connection.SetDeadline(time.Now().Add(20 * time.Millisecond))
		connection.Write(input)
		connection.Read(make([]byte, 100))
		connection.Close()
	}
	id := runPod(t, podConfig())
	if len(p.saw(named("RunPodSandbox", id))) != 1 {
		t.Error("the other plugin is not told of the pod")
	}
}

func TestOneThatSaysNothingKeepsNobodyElseOut(t *testing.T) {
	silent, err := net.Dial("unix", *nriSocket)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	closed := make(chan error, 1)
	silent.SetReadDeadline(time.Now().Add(time.Minute))
	go func() {
		n, err := silent.Read(make([]byte, 1))
		if n != 0 {
			err = errors.New("a byte came")
		}
		closed <- err
	}()
	(&plugin{}).connect(t, "00", "talks")
	select {
	case <-closed:
		t.Error("the next plugin was taken in when the silent one was put out")
	default:
	}
	if err := <-closed; err == nil || !errors.Is(err, io.EOF) {
		t.Error("the silent connection is not closed:", err)
	}
}

func trunk(connection, length uint32, payload []byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, connection), length)
	return append(header, payload...)
}

// Default policy: whatever the plugins do, the pods are made, and whoever stays knows every container.
func TestPluginsComeAndGoWhilePodsAreMade(t *testing.T) {
	stays := (&plugin{}).connect(t, "50", "stays")
	var configs []*cri.PodSandboxConfig
	for range 12 {
		config := podConfig()
		config.Linux.SecurityContext = &cri.LinuxSandboxSecurityContext{NamespaceOptions: &cri.NamespaceOption{Network: cri.NamespaceMode_NODE}}
		configs = append(configs, config)
	}
	over := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			default:
			}
			p := &plugin{}
			p.begin(t, "10", "restless")
			time.Sleep(time.Duration(i%7) * 5 * time.Millisecond)
			p.stub.Stop()
		}
	}()
	ids := make(chan string, 2*len(configs))
	var all sync.WaitGroup
	for _, config := range configs {
		all.Add(1)
		go func() {
			defer all.Done()
			reply, err := runtime.RunPodSandbox(within(t, time.Minute), &cri.RunPodSandboxRequest{Config: config})
			if err != nil {
				t.Error("RunPodSandbox:", err)
				return
			}
			defer removePod(t, reply.PodSandboxId)
			for _, name := range []string{"a", "b"} {
				id, err := tryCreate(t, reply.PodSandboxId, containerConfig(name, "top"), config)
				if err != nil {
					t.Error("CreateContainer:", err)
					return
				}
				if _, err := runtime.StartContainer(within(t, time.Minute), &cri.StartContainerRequest{ContainerId: id}); err != nil {
					t.Error("StartContainer:", err)
				}
				ids <- id
			}
		}()
	}
	all.Wait()
	close(over)
	<-gone
	close(ids)
	want := []string{"CreateContainer", "PostCreateContainer", "StartContainer", "PostStartContainer", "StopContainer", "RemoveContainer"}
	for id := range ids {
		if got := stays.names(of(id)); !reflect.DeepEqual(got, want) {
			t.Errorf("container %s: events %v, want %v", id, got, want)
		}
	}
}
