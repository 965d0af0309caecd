package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.json;
import static io.autotls.acme.ScriptedCa.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.util.List;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OrderPlacementTest {
  private static final KeyPair KEY = AcmeKeys.generate();
  private static final OrderRequest REQUEST = OrderRequest.of(Identifier.dns("example.com"));
  private static final OrderRequest REPLACING = REQUEST.toBuilder().replaces("aki.serial").build();

  private final ScriptedCa ca = new ScriptedCa();
  private final AcmeClient client = ca.client().build();
  private final OrderPlacement placement = new OrderPlacement(client.account(KEY, ca.account(KEY)));

  @BeforeEach
  void profiles() {
    ca.on(
        "GET /directory",
        json(200, ca.directory("\"meta\":{\"profiles\":{\"short\":\"\",\"classic\":\"\"}}")));
  }

  @AfterEach
  void close() {
    client.close();
    ca.close();
  }

  @Test
  @DisplayName("I11 FT35 B10 B11 B12 B13 any refusal of replaces is followed by one try without it")
  void replacesIsDropped() throws Exception {
    for (MockResponse.Builder refusal :
        List.of(
            problem(409, "alreadyReplaced", "by another"),
            problem(404, "malformed", "no such certificate"),
            problem(403, "unauthorized", "of another account"),
            problem(400, "malformed", "no name in common"),
            problem(400, "whatever", "what is replaces?"),
            problem(500, "serverInternal", "could not find an order for the given certificate"))) {
      ca.on("POST /newOrder", refusal, created());
      int before = ca.posts.size();

      placement.place(REQUEST.toBuilder().replaces("aki.serial").build(), 0);

      assertThat(ca.posts).hasSize(before + 2);
      assertThat(ca.posts.get(before).json()).containsKey("replaces");
      assertThat(ca.lastPost().json()).doesNotContainKey("replaces");
    }
  }

  @Test
  @DisplayName("I11 R5 a limit is not a refusal, and a refusal without replaces is final")
  void otherRefusalsStand() {
    ca.on("POST /newOrder", problem(429, "rateLimited", "too many"));
    assertThatThrownBy(() -> placement.place(REQUEST.toBuilder().replaces("aki.serial").build(), 0))
        .isInstanceOf(AcmeRateLimitedException.class);
    assertThat(ca.posts).hasSize(1);

    ca.on("POST /newOrder", problem(400, "rejectedIdentifier", "no"));
    assertThatThrownBy(() -> placement.place(REQUEST.toBuilder().replaces("aki.serial").build(), 0))
        .isInstanceOf(AcmeProblemException.class);
    assertThat(ca.posts).hasSize(3);
  }

  @Test
  @DisplayName("I10 R5 a fault that may pass does not cost the renewal its exemption")
  void aPassingFaultKeepsReplaces() {
    ca.on("POST /newOrder", problem(500, "serverInternal", "the database is away"));

    assertThatThrownBy(() -> placement.place(REQUEST.toBuilder().replaces("aki.serial").build(), 0))
        .isInstanceOf(AcmeServerException.class);
    assertThat(ca.posts).allMatch(post -> post.json().containsKey("replaces"));
  }

  @Test
  @DisplayName("PR1 PR3 of the preferred profiles the first that is offered is asked for")
  void firstOfferedProfile() throws Exception {
    ca.on("POST /newOrder", created());

    placement.place(REQUEST.toBuilder().preferProfiles(List.of("secret", "classic")).build(), 0);
    assertThat(ca.lastPost().json()).containsEntry("profile", "classic");

    placement.place(REQUEST.toBuilder().preferProfiles(List.of("secret")).build(), 0);
    assertThat(ca.lastPost().json()).doesNotContainKey("profile");
    assertThat(ca.posts).hasSize(2);
  }

  @Test
  @DisplayName("PR2 PR4 B37 a preferred profile that is refused gives way to the next, and to none")
  void refusedProfiles() throws Exception {
    ca.on(
        "POST /newOrder",
        problem(403, "unauthorized", "not for this account"),
        problem(400, "invalidProfile", "not with these names"),
        created());

    placement.place(REQUEST.toBuilder().preferProfiles(List.of("short", "classic")).build(), 0);

    assertThat(ca.posts.stream().map(post -> post.json().get("profile")))
        .containsExactly("short", "classic", null);
  }

  @Test
  @DisplayName("PR3 a required profile is required")
  void requiredProfile() {
    ca.on("POST /newOrder", problem(400, "invalidProfile", "no"));

    assertThatThrownBy(() -> placement.place(REQUEST.toBuilder().profile("short").build(), 0))
        .isInstanceOf(AcmeProblemException.class);
    assertThat(ca.posts).hasSize(1);
  }

  @Test
  @DisplayName("O10 FT23 a refused order says which name was refused")
  void subproblems() {
    ca.on(
        "POST /newOrder",
        problem(400, "rejectedIdentifier", "some")
            .body(
                "{\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\",\"subproblems\":["
                    + "{\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\",\"detail\":\"no\","
                    + "\"identifier\":{\"type\":\"dns\",\"value\":\"bad.example\"}}]}"));

    assertThatThrownBy(() -> placement.place(REQUEST, 0))
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            e ->
                assertThat(e.problem().orElseThrow().subproblems().get(0).identifier())
                    .contains(Identifier.dns("bad.example")));
  }

  @Test
  @DisplayName("I11 a fault that stays is not waited out: the third try is without replaces")
  void aFaultThatStaysMayBeAboutThePredecessor() throws Exception {
    ca.on("POST /newOrder", problem(500, "serverInternal", "something broke"));
    assertThatThrownBy(() -> placement.place(REPLACING, 0)).isInstanceOf(AcmeServerException.class);
    ca.on("POST /newOrder", problem(500, "serverInternal", "something broke"), created());

    placement.place(REPLACING, 1);

    assertThat(ca.posts.stream().map(post -> post.json().containsKey("replaces")))
        .containsExactly(true, true, false);
  }

  @Test
  void aFaultThatPassesKeepsReplaces() throws Exception {
    ca.on("POST /newOrder", problem(503, "serverInternal", "busy"));
    assertThatThrownBy(() -> placement.place(REPLACING, 5)).isInstanceOf(AcmeServerException.class);
    ca.on("POST /newOrder", created());

    placement.place(REPLACING, 6);

    assertThat(ca.posts.stream().map(post -> post.json().containsKey("replaces")))
        .containsExactly(true, true);
  }

  private MockResponse.Builder created() {
    return json(
            201,
            "{\"status\":\"pending\",\"identifiers\":[],\"authorizations\":[],\"finalize\":\""
                + ca.url("/finalize/1")
                + "\"}")
        .setHeader("Location", ca.url("/order/1"));
  }
}
