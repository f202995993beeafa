package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.fabric8.certmanager.api.model.v1.Certificate;
import io.fabric8.certmanager.api.model.v1.Issuer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The Kubernetes objects have only fields that the API knows and all that it requires, and fit each
 * other.
 */
class KubernetesTest {
    private static final Path FOLDER = folder();

    private static final Map<String, Class<? extends HasMetadata>> KINDS =
            Map.of(
                    "v1/Namespace", Namespace.class,
                    "apps/v1/DaemonSet", DaemonSet.class,
                    "networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class,
                    "cert-manager.io/v1/Issuer", Issuer.class,
                    "cert-manager.io/v1/Certificate", Certificate.class);

    /** What cert-manager's resource definitions require, since no library carries those. */
    private static final Map<Class<?>, List<String>> REQUIRED_BY_CERT_MANAGER =
            Map.of(
                    Issuer.class, List.of("/metadata/name", "/spec"),
                    Certificate.class,
                            List.of("/metadata/name", "/spec/secretName", "/spec/issuerRef/name"));

    private static void requireFields(Class<?> kind, JsonNode document) throws IOException {
        List<String> required = REQUIRED_BY_CERT_MANAGER.get(kind);
        if (required == null) {
            requireFieldsOfOpenApi(kind, document);
        } else {
            assertThat(required)
                    .allSatisfy(
                            field ->
                                    assertThat(document.at(field).isMissingNode())
                                            .as(field + " is missing")
                                            .isFalse());
        }
    }

    /**
     * Lets the official client check them, which is generated from the API's OpenAPI document. By
     * reflection, since javac would want the libraries of all its annotations.
     */
    private static void requireFieldsOfOpenApi(Class<?> kind, JsonNode document)
            throws IOException {
        String type = "io.kubernetes.client.openapi.models.V1" + kind.getSimpleName();
        try {
            Class.forName(type)
                    .getMethod("validateJsonElement", JsonElement.class)
                    .invoke(null, JsonParser.parseString(document.toString()));
        } catch (InvocationTargetException e) {
            throw new IOException(e.getCause().getMessage(), e);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    private static Path folder() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("SECURITY.md"))) {
            folder = folder.getParent();
        }
        return folder.resolve("packaging/kubernetes");
    }

    /** Reads the API's types, and takes no field that they do not declare. */
    private static ObjectMapper strict() {
        return new ObjectMapper()
                .setAnnotationIntrospector(
                        new JacksonAnnotationIntrospector() {
                            @Override
                            public Boolean hasAnySetter(Annotated method) {
                                return false; // The types keep unknown fields by such methods.
                            }
                        });
    }

    private static List<JsonNode> documents(String file) throws IOException {
        List<JsonNode> documents = new ArrayList<>();
        new Load(LoadSettings.builder().build())
                .loadAllFromString(Files.readString(FOLDER.resolve(file)))
                .forEach(document -> documents.add(new ObjectMapper().valueToTree(document)));
        return documents;
    }

    private static HasMetadata object(JsonNode document) throws IOException {
        String kind = document.path("apiVersion").asText() + "/" + document.path("kind").asText();
        assertThat(KINDS).containsKey(kind);
        requireFields(KINDS.get(kind), document);
        return strict().treeToValue(document, KINDS.get(kind));
    }

    private static <T extends HasMetadata> List<T> objects(Class<T> kind) throws IOException {
        List<T> found = new ArrayList<>();
        for (JsonNode file : documents("kustomization.yaml").get(0).path("resources")) {
            for (JsonNode document : documents(file.asText())) {
                HasMetadata object = object(document);
                if (kind.isInstance(object)) {
                    found.add(kind.cast(object));
                }
            }
        }
        return found;
    }

    private static PodSpec pod() throws IOException {
        return objects(DaemonSet.class).get(0).getSpec().getTemplate().getSpec();
    }

    @Test
    void allFilesArePartOfTheKustomization() throws IOException {
        JsonNode kustomization = documents("kustomization.yaml").get(0);
        List<String> named = new ArrayList<>(List.of("kustomization.yaml"));
        kustomization.path("resources").forEach(file -> named.add(file.asText()));
        kustomization
                .path("configMapGenerator")
                .forEach(map -> map.path("files").forEach(file -> named.add(file.asText())));

        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(named);
        }
    }

    @Test
    void objectsHaveOnlyFieldsOfTheApiAndAllThatItRequires() throws IOException {
        assertThat(objects(HasMetadata.class)).hasSizeGreaterThan(KINDS.size());
    }

    @ParameterizedTest
    @CsvSource({
        "daemonset.yaml,    0, /spec/template/spec/containers/0/securityContext, runAsNonroot",
        "certificates.yaml, 1, /spec/privateKey,                                 algorithmus"
    })
    void anUnknownFieldWouldBeFound(String file, int index, String parent, String field)
            throws IOException {
        JsonNode document = documents(file).get(index);
        ((ObjectNode) document.at(parent)).put(field, true);

        assertThatThrownBy(() -> object(document)).hasMessageContaining(field);
    }

    @ParameterizedTest
    @CsvSource({
        "daemonset.yaml,     0, /spec,                                             selector",
        "daemonset.yaml,     0, /spec/template/spec/containers/0,                  name",
        "daemonset.yaml,     0, /spec/template/spec/containers/0/ports/0,          containerPort",
        "daemonset.yaml,     0, /spec/template/spec/containers/0/startupProbe/httpGet, port",
        "daemonset.yaml,     0, /spec/template/spec/containers/0/volumeMounts/0,   mountPath",
        "daemonset.yaml,     0, /spec/template/spec/initContainers/0,              name",
        "daemonset.yaml,     0, /spec/template/spec/volumes/0,                     name",
        "daemonset.yaml,     0, /spec/template/spec/volumes/2/hostPath,            path",
        "networkpolicy.yaml, 0, /spec/ingress/0/from/0/ipBlock,                    cidr",
        "certificates.yaml,  1, /spec,                                             secretName",
        "certificates.yaml,  1, /spec/issuerRef,                                   name"
    })
    void missingRequiredFieldWouldBeFound(String file, int index, String parent, String field)
            throws IOException {
        JsonNode document = documents(file).get(index);
        JsonNode removed = ((ObjectNode) document.at(parent)).remove(field);
        assertThat(removed).isNotNull();

        assertThatThrownBy(() -> object(document)).hasMessageContaining(field);
    }

    @Test
    void theServingContainerHasOneCapabilityAndNoRoot() throws IOException {
        assertThat(pod().getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod().getSecurityContext().getRunAsUser()).isNotZero();
        Container dest = pod().getContainers().get(0);
        assertThat(dest.getSecurityContext().getRunAsUser()).isNull();
        assertThat(dest.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(dest.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(dest.getSecurityContext().getCapabilities().getAdd())
                .containsExactly("CHECKPOINT_RESTORE");
        assertThat(dest.getResources().getLimits()).containsKey("memory");
    }

    @Test
    void mountsHaveTheirVolumesAndSecretsTheirCertificates() throws IOException {
        List<String> volumes = pod().getVolumes().stream().map(Volume::getName).toList();
        Stream.concat(pod().getInitContainers().stream(), pod().getContainers().stream())
                .flatMap(container -> container.getVolumeMounts().stream())
                .map(VolumeMount::getName)
                .forEach(name -> assertThat(volumes).contains(name));

        List<String> secrets =
                objects(Certificate.class).stream()
                        .map(certificate -> certificate.getSpec().getSecretName())
                        .toList();
        assertThat(pod().getVolumes())
                .filteredOn(volume -> volume.getSecret() != null)
                .isNotEmpty()
                .allSatisfy(
                        volume -> assertThat(secrets).contains(volume.getSecret().getSecretName()));
    }

    @Test
    void networkPolicyAndDaemonSetSelectTheSamePods() throws IOException {
        DaemonSet daemonSet = objects(DaemonSet.class).get(0);
        Map<String, String> labels = daemonSet.getSpec().getTemplate().getMetadata().getLabels();

        assertThat(daemonSet.getSpec().getSelector().getMatchLabels()).isEqualTo(labels);
        assertThat(objects(NetworkPolicy.class))
                .singleElement()
                .satisfies(
                        policy ->
                                assertThat(policy.getSpec().getPodSelector().getMatchLabels())
                                        .isEqualTo(labels));
    }

    @Test
    void destAllowsTheNameOfTheSourcesCertificate() throws IOException {
        List<String> allowed =
                StreamSupport.stream(
                                documents("policy.yaml")
                                        .get(0)
                                        .path("peers")
                                        .path(0)
                                        .path("dns")
                                        .spliterator(),
                                false)
                        .map(JsonNode::asText)
                        .toList();

        assertThat(objects(Certificate.class))
                .filteredOn(each -> each.getMetadata().getName().equals("pageproxy-source"))
                .singleElement()
                .satisfies(
                        source ->
                                assertThat(source.getSpec().getDnsNames())
                                        .containsExactlyElementsOf(allowed));
    }
}
